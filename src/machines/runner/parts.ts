import type {
  CompletedOutcome,
  FailedOutcome,
  FailureKind,
  Outcome,
  PartialResults,
} from '../../schemas/job/outcome.ts';
import { failureReason } from '../../schemas/job/outcomeText.ts';
import { type EndedPart, partFolder } from '../../schemas/job/part.ts';
import type { Provenance } from '../../schemas/job/provenance.ts';
import type { RunFolders, StopReason } from '../ports/runner.ts';

/** The job as the run of one of its tasks has it. @param number of the part, from 1. @throws when it has no such task. */
export function jobOfPart<Job extends RunFolders>(job: Job, number: number): Job {
  const { request } = job;
  const task = request.tasks[number - 1];
  if (task === undefined) throw new Error(`job ${job.jobId} has no part ${number}`);
  return { ...job, request: { ...request, tasks: [task] }, part: { number, task, of: request } };
}

/** Failures that are of the job: evald has ended it, or does not know what became of it. No other part is begun after one. */
const OF_THE_JOB: ReadonlySet<FailureKind> = new Set(['stopped', 'timedOut', 'stalled', 'interrupted', 'lost']);

/** Whether nothing is left to run of a split job. */
export function isWhole(tasks: readonly string[], ended: readonly EndedPart[]): boolean {
  const kind = ended.at(-1)?.kind ?? null;
  return ended.length >= tasks.length || (kind !== null && OF_THE_JOB.has(kind));
}

/** A part whose run has ended. @param log where the outcome does not say. */
export function endedPart(
  part: Pick<EndedPart, 'number' | 'task' | 'endedAt' | 'ran'>,
  outcome: Outcome,
  log: string | null,
): EndedPart {
  if (outcome.status === 'completed') return { ...part, status: 'completed', kind: null, error: null, log, outcome };
  return { ...part, status: 'failed', kind: outcome.kind, error: failureReason(outcome), log, outcome };
}

/** What parts have measured, together; null: nothing. A part that failed may have measured something, too. */
export function measuredBy(parts: readonly EndedPart[]): PartialResults | null {
  const all = parts.flatMap(({ number, task, outcome }) => {
    const measured = outcome?.status === 'completed' ? outcome : outcome?.partial;
    return measured === undefined ? [] : [{ ...measured, result: resultOf(partFolder(number, task), measured.result) }];
  });
  if (all.length === 0) return null;
  const answers = all.map((measured) => measured.answers).filter((one) => one !== undefined);
  const made = all.map((measured) => measured.provenance).filter((one) => one !== undefined);
  const doubted = all.flatMap((measured) => ('doubted' in measured ? (measured.doubted ?? []) : []));
  return {
    result: Object.assign({}, ...all.map(({ result }) => result)),
    metrics: Object.assign({}, ...all.map(({ metrics }) => metrics)),
    ...(answers.length > 0 && { answers: Object.assign({}, ...answers) }),
    warnings: [...new Set(all.flatMap(({ warnings }) => warnings))],
    ...(made.length > 0 && { provenance: provenanceOf(made) }),
    ...(doubted.length > 0 && { doubted: [...new Set(doubted)] }),
  };
}

/** Each part has a folder of its own, in which that of the model is called the same. */
function resultOf(folder: string, result: PartialResults['result']): PartialResults['result'] {
  return Object.fromEntries(Object.entries(result).map(([name, files]) => [`${folder}/${name}`, files]));
}

/**
 * How a split job ended, by how its parts did. One of a single task ended as that.
 * @param ending why no other part was begun after one that had ended by itself; null: there was none.
 */
export function outcomeOfParts(
  tasks: readonly string[],
  parts: readonly EndedPart[],
  ending: StopReason | null,
): Outcome {
  const last = parts.at(-1)?.outcome;
  if (tasks.length === 1 && last !== undefined) return last;
  const failed = parts.filter(({ status }) => status === 'failed');
  if (parts.length === tasks.length && failed.length === 0) return completed(parts);
  const measured = measuredBy(parts);
  const partial = measured === null ? {} : { partial: measured };
  if (last?.status === 'failed' && OF_THE_JOB.has(last.kind)) return { ...last, ...partial };
  if (parts.length < tasks.length) {
    const reason = ending === null || ending.kind === 'hung' ? { kind: 'interrupted' as const } : ending;
    return { status: 'failed', ...reason, log: '', tail: [], ...partial };
  }
  return {
    status: 'failed',
    kind: 'incompleteResults',
    missing: failed.map(({ task }) => task),
    faults: failed.map(({ task, error }) => `${task}: ${error}`),
    parts: tasks.length,
    ...firstLog(failed),
    ...partial,
  };
}

/** What is on record of a job that is lost in a way that no part of it tells of: with what its parts had measured. */
export function lostWith(parts: readonly EndedPart[], reason: string): FailedOutcome {
  const measured = measuredBy(parts);
  return { status: 'failed', kind: 'lost', reason, ...(measured !== null && { partial: measured }) };
}

function firstLog(failed: readonly EndedPart[]): { log: string; tail: string[] } {
  for (const { outcome } of failed) {
    if (outcome !== undefined && 'tail' in outcome && outcome.log !== '')
      return { log: outcome.log, tail: outcome.tail };
  }
  return { log: '', tail: [] };
}

function completed(parts: readonly EndedPart[]): CompletedOutcome {
  const measured = measuredBy(parts) ?? { result: {}, metrics: {}, warnings: [] };
  const { doubted: _, ...rest } = measured;
  return { status: 'completed', ...rest };
}

/** What made the numbers of all parts: of what differs among them, all with commas. */
function provenanceOf(made: readonly Provenance[]): Provenance {
  const all = (name: 'harness' | 'harness_version' | 'git_hash' | 'seed'): string | null =>
    [...new Set(made.map((one) => one[name]).filter((value) => value !== null))].join(', ') || null;
  return {
    harness: all('harness'),
    harness_version: all('harness_version'),
    ...(made.every((one) => one.started_warm) && { started_warm: true }),
    git_hash: all('git_hash'),
    seed: all('seed'),
    tasks: Object.assign({}, ...made.map(({ tasks }) => tasks)),
    groups: Object.assign({}, ...made.map(({ groups }) => groups)),
  };
}
