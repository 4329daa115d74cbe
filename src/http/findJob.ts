import { isDeepStrictEqual } from 'node:util';
import { EvaldError } from '../schemas/errors/errors.ts';
import type { JobInfo } from '../schemas/job/job.ts';
import { maskText } from '../schemas/secrets/secrets.ts';
import type { AppDependencies } from './dependencies.ts';

type Scheduler = Pick<AppDependencies['scheduler'], 'getJobWithPosition'>;

/** A job by its id. @throws EvaldError `jobNotFound`. */
export function findJob(scheduler: Scheduler, jobId: string): JobInfo {
  const job = scheduler.getJobWithPosition(jobId);
  if (job === undefined) throw new EvaldError('jobNotFound', `Job ${maskText(jobId)} not found`);
  return job;
}

/**
 * A job that has results: it has completed, or it failed after it had measured something.
 * @throws EvaldError `jobNotFound`, `jobNotEnded`, or `outputMissing` when it has none.
 */
export function findJobWithResults(scheduler: Scheduler, jobId: string): JobInfo {
  const job = findJob(scheduler, jobId);
  if (job.completed_at === null)
    throw new EvaldError('jobNotEnded', `Job ${jobId} has not ended yet: it is ${job.status}`);
  if (job.status === 'completed' || job.partial_result !== null) return job;
  const reason = job.failure_kind === null ? '' : ` (${job.failure_kind})`;
  throw new EvaldError('outputMissing', `Job ${jobId} has no results: it is ${job.status}${reason}`);
}

/**
 * A job that completed: its scores are the whole of what was asked.
 * @throws EvaldError `jobNotFound`, `jobNotEnded`, or `jobNotCompleted` when it failed or was cancelled.
 */
export function findCompletedJob(scheduler: Scheduler, jobId: string): JobInfo {
  const job = scheduler.getJobWithPosition(jobId);
  if (job === undefined) {
    const kept = 'of one that is no longer kept GET /scores has the scores, but nothing has its samples';
    throw new EvaldError('jobNotFound', `Job ${maskText(jobId)} not found; ${kept}`);
  }
  if (job.completed_at === null) {
    const wait = `GET /jobs/${jobId}?wait=60 waits for its end`;
    throw new EvaldError('jobNotEnded', `Job ${jobId} has not ended yet: it is ${job.status}. ${wait}.`);
  }
  if (job.status === 'completed') return job;
  const reason = job.failure_kind === null ? '' : ` (${job.failure_kind})`;
  const partial = job.partial_metrics === null ? '' : ': what it had measured is not the whole of what was asked';
  const retry = job.retries.at(-1);
  const next =
    retry === undefined
      ? `POST /jobs/${jobId}/retry repeats it, and what comes of that can be compared`
      : `Job ${retry} repeats it: compare that one`;
  throw new EvaldError(
    'jobNotCompleted',
    `Job ${jobId} did not complete, it is ${job.status}${reason}${partial}. ${next}.`,
  );
}

/** Retries that a chain of them has at most; what came before is left out. */
const LONGEST_CHAIN = 1_000;

/**
 * The jobs that a retry repeats, the newest first, as far as they are still known and were asked the same but for the
 * tasks.
 */
export function findRepeated(scheduler: Scheduler, job: JobInfo): JobInfo[] {
  const found: JobInfo[] = [];
  const seen = new Set([job.job_id]);
  for (let id = job.retry_of; id !== null && !seen.has(id) && found.length < LONGEST_CHAIN; ) {
    const earlier = scheduler.getJobWithPosition(id);
    if (earlier === undefined || !isSameButTasks(earlier, job)) break;
    found.push(earlier);
    seen.add(id);
    id = earlier.retry_of;
  }
  return found;
}

function isSameButTasks({ request: one }: JobInfo, { request: other }: JobInfo): boolean {
  return isDeepStrictEqual({ ...one, tasks: [] }, { ...other, tasks: [] });
}
