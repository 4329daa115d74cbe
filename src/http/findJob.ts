import { EvaldError } from '../schemas/errors.ts';
import type { JobInfo } from '../schemas/job.ts';
import type { AppDependencies } from './dependencies.ts';

type Scheduler = Pick<AppDependencies['scheduler'], 'getJobWithPosition'>;

/** A job by its id. @throws EvaldError `jobNotFound`. */
export function findJob(scheduler: Scheduler, jobId: string): JobInfo {
  const job = scheduler.getJobWithPosition(jobId);
  if (job === undefined) throw new EvaldError('jobNotFound', `Job ${jobId} not found`);
  return job;
}

/** A job that has completed. @throws EvaldError `jobNotFound`, `jobNotEnded`, or `outputMissing` when it has no results. */
export function findCompletedJob(scheduler: Scheduler, jobId: string): JobInfo {
  const job = findJob(scheduler, jobId);
  if (job.completed_at === null)
    throw new EvaldError('jobNotEnded', `Job ${jobId} has not ended yet: it is ${job.status}`);
  if (job.status === 'completed') return job;
  const reason = job.failure_kind === null ? '' : ` (${job.failure_kind})`;
  throw new EvaldError('outputMissing', `Job ${jobId} has no results: it is ${job.status}${reason}`);
}
