import { type Passed, passingJob } from './backfill.ts';
import type { SchedulerContext } from './schedulerContext.ts';
import { isStartable } from './startable.ts';

/** A job that may start now, and in which pool; `passes`, when it is not the first there, which jobs have passed that one with it. */
export type Candidate = { jobId: string; pool: string; passes?: Passed };

/**
 * The job that is to start now: of each pool the first that waits, unless that must wait for another run, for its folder or for
 * devices; then one that may pass it, or none: a job that needs many might wait for ever. Of several pools that whose job has the highest priority,
 * or came first. Undefined: none may.
 */
export function nextToStart(context: SchedulerContext): Candidate | undefined {
  const { queue } = context;
  const rankOf = ({ jobId }: Candidate) => queue.rank(jobId) ?? Number.POSITIVE_INFINITY;
  return queue.pools
    .flatMap((pool) => nextOf(context, pool))
    .reduce<Candidate | undefined>((a, b) => (a !== undefined && rankOf(a) < rankOf(b) ? a : b), undefined);
}

function nextOf(context: SchedulerContext, pool: string): Candidate[] {
  const jobId = firstWaiting(context, pool);
  if (jobId === undefined) return [];
  if (isStartable(context, jobId)) return [{ jobId, pool }];
  const passing = passingJob(context, pool, jobId);
  return passing === undefined ? [] : [passing];
}

/** The first of a pool that waits and of which nothing is under way; undefined too while it is about to have another priority. */
function firstWaiting({ queue, inFlight }: SchedulerContext, pool: string): string | undefined {
  // Only jobs with a change under way are passed over here, so this ends after inFlight.size + 1 steps at most.
  for (let ahead = 0; ; ahead++) {
    const jobId = queue.next(ahead, pool);
    const change = jobId === undefined ? undefined : inFlight.get(jobId);
    if (change === undefined) return jobId;
    // It goes on waiting: whether it is the first is known when that is on disk.
    if (change.type === 'reprioritised') return undefined;
  }
}
