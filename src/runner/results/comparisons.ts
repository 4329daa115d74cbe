import { errorMessage } from '../../errors.ts';
import { jobFolder } from '../../files/jobFolder.ts';
import { EvaldError, UnfitError } from '../../schemas/errors/errors.ts';
import type { JobInfo } from '../../schemas/job/job.ts';
import type { ShownMetrics } from '../../schemas/job/outcome.ts';
import { nearestDouble, type RawJson } from '../../schemas/results/exactNumber.ts';
import { harnessOf } from '../../schemas/results/samplesName.ts';
import type { Comparison, ComparisonQuery, TaskComparison } from '../../schemas/scores/comparison.ts';
import type { GateAnswer, GateRequest } from '../../schemas/scores/gate.ts';
import { maskText } from '../../schemas/secrets/secrets.ts';
import { labelNumber } from '../../schemas/values/labelNumber.ts';
import { gateTask, gateVerdict } from '../../scores/gate.ts';
import type { Redactor } from '../../security/redaction/redactor.ts';
import { redactValue } from '../../security/redaction/redactValue.ts';
import { filesOf } from './jobOutput.ts';
import { readJobHarness } from './notedHarness.ts';
import type { Comparer } from './reader/threadedReader.ts';
import { ReadingError, ThreadError } from './reader/threads.ts';
import { type ComparedRun, type KnownScore, keyOf, type RunSource, scoresOf } from './scores/comparedRun.ts';
import type { ComparedRuns, ComparisonQuestion } from './scores/compareRuns.ts';
import { textOf } from './scores/configuration.ts';
import { refuseGroups, resolvePolicy } from './scores/gatePolicy.ts';
import { matchScores, type Wanted } from './scores/matchScores.ts';

/** A completed job that is compared. */
export type ComparedJob = {
  job: JobInfo;
  /** The jobs that it repeats, the newest first. */
  repeated: readonly JobInfo[];
  /** What is not to be seen of what they wrote; null: all may be. */
  redactor: Redactor | null;
};

/** Compares jobs by what their scores were made of. */
export type Comparisons = {
  /**
   * @param signal ends it: it is then rejected.
   * @throws EvaldError `outputMissing` when neither has what is asked for, `outputUnreadable` when it takes too long,
   * `comparisonUnavailable` when the machine has no thread for it; UnfitError when it is too much.
   */
  compare(a: ComparedJob, b: ComparedJob, query: ComparisonQuery, signal?: AbortSignal): Promise<Comparison>;
  /** @throws EvaldError as `compare`; UnfitError also when the policy leaves open which score is meant. */
  gate(baseline: ComparedJob, candidate: ComparedJob, request: GateRequest, signal?: AbortSignal): Promise<GateAnswer>;
};

/** Scores of one answer. */
const MOST_COMPARED = 2_000;

/** @param dataDir folder of evald's own files. @param comparer what does it, beside this thread. */
export function createComparisons(dataDir: string, comparer: Pick<Comparer, 'compare'>): Comparisons {
  const sideOf = async ({ job, repeated }: ComparedJob): Promise<ComparedRun> => {
    const noted = await readJobHarness(dataDir, job);
    return { sources: [sourceOf(job), ...repeated.map(sourceOf)], settings: settingsOf(job, noted) };
  };
  const ask = async (question: ComparisonQuestion, a: ComparedJob, b: ComparedJob, signal?: AbortSignal) => {
    const forms = [a, b].flatMap(({ redactor }) => redactor?.forms ?? []);
    try {
      return await comparer.compare(question, forms.length === 0 ? null : forms, signal);
    } catch (error) {
      const reason = errorMessage(error);
      if (error instanceof ThreadError)
        throw new EvaldError('comparisonUnavailable', `Nothing can be compared now: ${reason}`);
      if (!(error instanceof ReadingError)) throw error;
      const names = `The samples of ${a.job.job_id} and ${b.job.job_id}`;
      throw new EvaldError('outputUnreadable', `${names} ${reason}; fewer are read when a task is named`);
    }
  };

  return {
    async compare(a, b, query, signal) {
      const { task, metric, filter, allow_unpaired: allowUnpaired } = query;
      const wanted: Wanted[] = [{ task, metric, filter }];
      const [ofA, ofB] = [await sideOf(a), await sideOf(b)];
      const { both, onlyA, onlyB } = matchScores(ofA, ofB, wanted);
      if (both.length + onlyA.length + onlyB.length === 0) {
        const asked = [task, metric, filter].filter((name) => name !== undefined).join(', ');
        throw new EvaldError(
          'outputMissing',
          `Neither ${a.job.job_id} nor ${b.job.job_id} has a score${asked === '' ? '' : ` of ${maskText(asked)}`}`,
        );
      }
      if (both.length > MOST_COMPARED) {
        const message = `\`task\` should be given: both have ${both.length} scores, and at most ${MOST_COMPARED} are compared at a time`;
        throw new UnfitError({ path: ['task'], input: task ?? null, message });
      }
      const found = await ask({ a: ofA, b: ofB, wanted, allowUnpaired }, a, b, signal);
      const { configuration, comparisons, ...rest } = found;
      const asWritten = exactNumbers(a, b);
      return { a: shownSide(a), b: shownSide(b), configuration, comparisons: comparisons.map(asWritten), ...rest };
    },

    async gate(a, b, { policy, allow_unpaired: allowUnpaired }, signal) {
      const [ofA, ofB] = [await sideOf(a), await sideOf(b)];
      const resolved = resolvePolicy(policy, ofA, ofB);
      const wanted = [...resolved.values()].filter((name) => name !== null);
      const { comparisons, groups }: Pick<ComparedRuns, 'comparisons' | 'groups'> =
        wanted.length === 0
          ? { comparisons: [], groups: [] }
          : await ask({ a: ofA, b: ofB, wanted, allowUnpaired }, a, b, signal);
      refuseGroups(groups);
      const asWritten = exactNumbers(a, b);
      const byTask = new Map(comparisons.map((one) => [one.task, asWritten(one)]));
      const tasks = Object.entries(policy.tasks).map(([task, own]) => gateTask(task, own, byTask.get(task) ?? null));
      return { verdict: gateVerdict(tasks), baseline: a.job.job_id, candidate: b.job.job_id, tasks };
    },
  };
}

function sourceOf(job: JobInfo): RunSource {
  const { job_id: jobId, request } = job;
  const files = Object.values(filesOf(job));
  return {
    jobId,
    folder: jobFolder(job),
    files,
    isLogged: request.log_samples || request.predict_only,
    scores: Object.fromEntries(Object.entries(metricsOf(job)).map(([task, row]) => [task, known(row)])),
  };
}

const metricsOf = ({ metrics, partial_metrics }: JobInfo): ShownMetrics => metrics ?? partial_metrics ?? {};

function known(row: ShownMetrics[string]): { [name: string]: KnownScore } {
  const scores = Object.entries(row).map(([name, { value, stderr, n, higher_is_better, n_failed }]) => {
    const score = { value: nearestDouble(value), stderr: nearestDouble(stderr), n };
    return [name, { ...score, higherIsBetter: higher_is_better, failed: n_failed }] as const;
  });
  return Object.fromEntries(scores);
}

/** What the request of a job, and what was noted at its start, say of how its scores were made. Credentials are masked. */
function settingsOf(
  { request, imported, harness }: JobInfo,
  noted: { name: string; version: string | null } | null,
): ComparedRun['settings'] {
  const { model, model_args, num_gpus, batch_size, limit, gen_kwargs } = request;
  const args = Object.entries(model_args ?? {}).map(([name, value]) => [`model_args.${name}`, textOf(value)] as const);
  return {
    model,
    harness: imported === null ? (noted?.name ?? harness) : harnessOf(imported),
    ...(noted !== null && noted.version !== null && { harness_version: noted.version }),
    // On how many GPUs an earlier run was made nothing says.
    num_gpus: imported === null ? textOf(num_gpus) : null,
    ...{ batch_size: textOf(batch_size), limit: textOf(limit), gen_kwargs },
    ...Object.fromEntries(args),
  };
}

/** Puts the scores as they were written in the place of the doubles that were computed with. */
function exactNumbers(a: ComparedJob, b: ComparedJob): (comparison: TaskComparison) => TaskComparison {
  const [ofA, ofB] = [writtenScores(a), writtenScores(b)];
  return (comparison) => {
    const key = keyOf(comparison);
    const [one, other] = [ofA.get(key), ofB.get(key)];
    return {
      ...comparison,
      a: { ...comparison.a, ...(one !== undefined && { value: one.value, stderr: one.stderr }) },
      b: { ...comparison.b, ...(other !== undefined && { value: other.value, stderr: other.stderr }) },
    };
  };
}

type Written = { value: number | RawJson | null; stderr: number | RawJson | null };

function writtenScores({ job, repeated }: ComparedJob): Map<string, Written> {
  const jobs = new Map([job, ...repeated].map((one) => [one.job_id, one]));
  const sources = [sourceOf(job), ...repeated.map(sourceOf)] as const;
  const written = scoresOf({ sources: [...sources] as [RunSource, ...RunSource[]] }).flatMap((score) => {
    const { task, metric, filter, source } = score;
    const row = metricsOf(jobs.get(source.jobId) ?? job)[task] ?? {};
    const found = row[filter === 'none' && Object.hasOwn(row, metric) ? metric : `${metric},${filter}`];
    return found === undefined ? [] : [[keyOf(score), { value: found.value, stderr: found.stderr }] as const];
  });
  return new Map(written);
}

function shownSide({ job, redactor }: ComparedJob): Comparison['a'] {
  const { job_id, request, labels, completed_at, imported } = job;
  const { pretrained } = request.model_args ?? {};
  const { run = null, step } = labels;
  const side = {
    ...{ job_id, imported: imported !== null, model: request.model },
    checkpoint: typeof pretrained === 'string' ? pretrained : null,
    run: run === null ? null : String(run),
    step: labelNumber(step),
    completed_at: completed_at ?? '',
  };
  return redactor === null ? side : redactValue(side, redactor);
}
