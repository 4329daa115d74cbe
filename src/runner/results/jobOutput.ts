import { dirname, relative } from 'node:path';
import { errorCode, errorMessage } from '../../errors.ts';
import { jobFolder } from '../../files/jobFolder.ts';
import type { RunFolder } from '../../files/openRunFile.ts';
import { EvaldError } from '../../schemas/errors/errors.ts';
import type { JobInfo } from '../../schemas/job/job.ts';
import {
  type Answers,
  type Result,
  type ShownMetrics,
  shownMetrics,
  type TaskAnswers,
} from '../../schemas/job/outcome.ts';
import type { JobResults } from '../../schemas/results/jobResults.ts';
import { harnessOf, samplesTask } from '../../schemas/results/samplesName.ts';
import type { SamplesPage, SamplesQuery } from '../../schemas/results/samplesPage.ts';
import { ownValue } from '../../schemas/values/ownValue.ts';
import type { Redactor } from '../../security/redaction/redactor.ts';
import { redactValue } from '../../security/redaction/redactValue.ts';
import { readJobHarness } from './notedHarness.ts';
import { type RunReader, runReader } from './reader/runReader.ts';
import { ReadingError } from './reader/threads.ts';

/** Reads what jobs have written: completed ones, and failed ones that had measured something. */
export type JobOutput = {
  /**
   * @param repeated the jobs that a retry repeats, the newest first. @param redactor what is not to be seen.
   * @throws EvaldError `outputMissing` when a file is gone, `outputUnreadable` when it is not what it was.
   */
  results(job: JobInfo, repeated?: readonly JobInfo[], redactor?: Redactor | null): Promise<JobResults>;
  /** @throws EvaldError as `results`; `outputMissing` also when the job has no samples of the task. */
  samples(job: JobInfo, task: string, query: SamplesQuery, redactor?: Redactor | null): Promise<SamplesPage>;
};

/** @param dataDir folder of evald's own files. @param reader what reads the files of runs; in this thread unless said. */
export function createJobOutput(
  dataDir: string,
  reader: Pick<RunReader, 'results' | 'samples'> = runReader,
): JobOutput {
  const readingOf = async (paths: string[], folder: RunFolder | undefined, redactor: Redactor | null) => {
    try {
      return await reader.results(paths, folder, redactor?.forms ?? null);
    } catch (error) {
      const reason = errorMessage(error);
      if (errorCode(error) === 'ENOENT') throw new EvaldError('outputMissing', `The results are gone: ${reason}`);
      const what = error instanceof ReadingError ? reason : `cannot be read any more: ${reason}`;
      throw new EvaldError('outputUnreadable', `The results ${what}`);
    }
  };

  const readSamples: typeof reader.samples = async (folder, name, task, query, forms) => {
    try {
      return await reader.samples(folder, name, task, query, forms);
    } catch (error) {
      if (!(error instanceof ReadingError)) throw error;
      throw new EvaldError('outputUnreadable', `The samples of ${task} ${error.message}`);
    }
  };

  return {
    async results(job, repeated = [], redactor = null) {
      const files = filesOf(job);
      const { version, metrics, samples, ...read } = await readingOf(
        Object.values(files).map(({ results }) => results),
        jobFolder(job) ?? undefined,
        redactor,
      );
      // As they were judged: with the samples that they are of.
      const scores = job.metrics ?? job.partial_metrics ?? shownMetrics(metrics);
      const noted = await readJobHarness(dataDir, job);
      const known = job.imported !== null ? harnessOf(job.imported) : version === null ? null : 'lmms-eval';
      const name = noted?.name ?? known;
      return {
        job_id: job.job_id,
        model: job.request.model,
        ...read,
        partial: isPartial(job),
        failure_kind: job.failure_kind,
        metrics: scores,
        merged: job.retry_of === null ? null : mergedScores(job.job_id, scores, repeated),
        samples: withAnswers(samples, job.answers),
        provenance: job.provenance,
        harness: redactedBy(redactor, {
          name,
          version: noted?.version ?? version,
          ...(noted?.warm && { started_warm: true }),
        }),
        duration_seconds: job.duration_seconds,
        files,
      };
    },

    async samples(job, task, query, redactor = null) {
      const path = Object.values(filesOf(job))
        .flatMap(({ samples }) => samples)
        .find((file) => samplesTask(file) === task);
      if (path !== undefined) {
        const folder = jobFolder(job) ?? { path: dirname(path), isOwn: false };
        return {
          ...(await readSamples(folder, relative(folder.path, path), task, query, redactor?.forms ?? null)),
          partial: isPartial(job),
        };
      }
      throw new EvaldError('outputMissing', `Job ${job.job_id} has no samples of ${task}`);
    },
  };
}

/** What is small enough for this thread. */
const redactedBy = <T>(redactor: Redactor | null, value: T): T =>
  redactor === null ? value : redactValue(value, redactor);

const isPartial = ({ status }: JobInfo): boolean => status !== 'completed';

/** The files of a job's numbers, of a failed one those it had measured. */
export const filesOf = ({ result, partial_result }: JobInfo): Result => result ?? partial_result ?? {};

/** The scores of a retry, and of what it repeats where it has none itself. */
function mergedScores(
  jobId: string,
  own: ShownMetrics,
  repeated: readonly JobInfo[],
): NonNullable<JobResults['merged']> {
  const all = [
    { id: jobId, scores: own },
    ...repeated.map((job) => ({ id: job.job_id, scores: job.metrics ?? job.partial_metrics ?? {} })),
  ].flatMap(({ id, scores }) => Object.entries(scores).map(([task, score]) => ({ id, task, score })));
  // Of entries with the same name the last counts: the newest job's.
  all.reverse();
  return {
    metrics: Object.fromEntries(all.map(({ task, score }) => [task, score])),
    jobs: Object.fromEntries(all.map(({ task, id }) => [task, id])),
  };
}

const unknownAnswers: Answers = { answered: null, empty: null, failed: null, cached: null };

function withAnswers(
  samples: Awaited<ReturnType<RunReader['results']>>['samples'],
  answers: TaskAnswers | null,
): JobResults['samples'] {
  const tasks = new Set([samples, answers ?? {}].flatMap(Object.keys));
  return Object.fromEntries(
    [...tasks].map((task) => {
      const counts = ownValue(samples, task) ?? { original: null, effective: null };
      return [task, { ...counts, ...(ownValue(answers ?? {}, task) ?? unknownAnswers) }];
    }),
  );
}
