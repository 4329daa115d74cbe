import { isFinal } from '../machines/job/jobSteps.ts';
import { imported, notEnded, secretsGone } from '../machines/scheduler/refusals.ts';
import { EvaldError } from '../schemas/errors/errors.ts';
import type { JobRecord } from '../schemas/job/jobRecord.ts';
import type { FailureKind } from '../schemas/job/outcome.ts';
import { maskedNames } from '../schemas/secrets/secretRequest.ts';

/**
 * What is submitted when a job is repeated. Pure.
 * @param missing only the tasks that have no results.
 * @throws EvaldError `jobNotFound`, `jobNotEnded`, `jobImported`, `secretsGone` or `nothingMissing`.
 */
export function retryOf(
  jobId: string,
  record: JobRecord | undefined,
  missing: boolean,
): Pick<JobRecord, 'request' | 'options' | 'warnings'> {
  if (record === undefined) throw new EvaldError('jobNotFound', `Job ${jobId} not found`);
  if (!isFinal(record.status)) throw notEnded(jobId, record.status);
  if (record.imported !== null) throw imported(jobId, record.imported);
  const { request, options, warnings } = record;
  const masked = maskedNames(request);
  if (masked !== null) throw secretsGone(jobId, masked);
  const tasks = missing ? tasksWithoutResults(record) : request.tasks;
  if (tasks.length === 0) throw new EvaldError('nothingMissing', `Job ${jobId} has results for every task`);
  // What it waited for then has ended.
  return { request: { ...request, tasks }, options: { ...options, after: [], after_any: false }, warnings };
}

/**
 * Failures that say nothing against the numbers that were there before them: how the run ended, or that there were too
 * few. A kind that is not here doubts the numbers themselves, and its tasks are run again.
 */
const SOUND: ReadonlySet<FailureKind> = new Set([
  'exited',
  'signalled',
  'harness',
  'incompleteResults',
  'timedOut',
  'stalled',
  'stopped',
  'interrupted',
  'lost',
  'preempted',
  'nodeFailed',
  'outOfMemory',
]);

/**
 * The tasks of an ended job that have no results, in the order of the request. A completed job has results for all of
 * them: that is what completed means. A failed one has them for those whose numbers it had measured. What is no name of a
 * task in its results (a tag, a wildcard) counts as without, unless the job says which tasks are missing. However it failed,
 * numbers of too few answers or of other samples count as none. Of a split job a task that completed has them, whatever its results call it.
 */
export function tasksWithoutResults(record: Pick<JobRecord, 'request' | 'outcome' | 'parts'>): string[] {
  const done = record.parts.flatMap(({ status, task }) => (status === 'completed' ? [task] : []));
  return withoutNumbers(record).filter((task) => !done.includes(task));
}

function withoutNumbers({ request, outcome }: Pick<JobRecord, 'request' | 'outcome'>): string[] {
  if (outcome?.status === 'completed') return [];
  const doubted = new Set(outcome?.partial?.doubted);
  if (outcome?.kind === 'incompleteResults' || outcome?.kind === 'failedAnswers') {
    const missing = new Set(outcome.missing);
    return request.tasks.filter((task) => missing.has(task) || doubted.has(task));
  }
  const measured = outcome && SOUND.has(outcome.kind) ? outcome.partial?.metrics : undefined;
  return request.tasks.filter((task) => measured === undefined || !Object.hasOwn(measured, task) || doubted.has(task));
}
