import type { Candidate } from './nextToStart.ts';
import type { SchedulerContext } from './schedulerContext.ts';
import { isStartable, underWayOf } from './startable.ts';

/** The jobs that were started before the first one of a pool, which waited for devices or for its folder. */
export type Passed = {
  /** The job that was first. */
  head: string;
  /** Those that have passed it, and when each has ended at the latest, in the journal's time. */
  jobs: readonly { jobId: string; due: number }[];
};

/**
 * The job that may start before the first one of a pool (backfill): one that has what it needs now and ends, as far as that is known, before
 * the first one can start at all. So the first one starts when it would have started without. Undefined: none.
 *
 * What is known is taken for the worst: the longest of what such work took, or its time limit; of what runs the shortest, and of what is not known, that
 * it ends now. Where runs took longer than ever, nothing more passes the same job: it waits for those that have passed it, and for no others.
 */
export function passingJob(context: SchedulerContext, pool: string, head: string): Candidate | undefined {
  const { queue, inFlight, backfillDepth, passed, monotonic } = context;
  if (backfillDepth === 0 || isNothingFree(context, pool)) return undefined;
  const before = passed.get(pool);
  const jobs = before?.head === head ? before.jobs : [];
  const now = monotonic();
  const underWay = new Set(underWayOf(context));
  if (jobs.length >= backfillDepth || jobs.some(({ jobId, due }) => due <= now && underWay.has(jobId)))
    return undefined;
  const start = earliestStart(context, head, now);
  if (start <= now) return undefined;
  for (let ahead = 1; ahead <= backfillDepth; ahead++) {
    const jobId = queue.next(ahead, pool);
    if (jobId === undefined) return undefined;
    if (inFlight.has(jobId)) continue;
    const due = now + longest(context, jobId);
    if (due <= start && isStartable(context, jobId))
      return { jobId, pool, passes: { head, jobs: [...jobs, { jobId, due }] } };
  }
  return undefined;
}

/** Whether no job could be started in a pool whatever it asks for: the common case, which costs nothing. */
function isNothingFree({ devices }: SchedulerContext, pool: string): boolean {
  return devices !== null && devices.room(pool) === 0;
}

/** The earliest moment at which a job could start that waits for others, in the journal's time: not before now. */
function earliestStart(context: SchedulerContext, jobId: string, now: number): number {
  const ends = underWayOf(context)
    .map((id) => ({ id, end: earliestEnd(context, id, now) }))
    .sort((a, b) => a.end - b.end);
  let { devices } = context;
  for (const [index, { id, end }] of ends.entries()) {
    devices = devices?.release(id) ?? null;
    const underWay = ends.slice(index + 1).map((other) => other.id);
    if (isStartable(context, jobId, { devices, underWay })) return end;
  }
  return now;
}

/** When a run ends at the earliest: when the shortest of those like it would have that took at least as long; now where none did. */
function earliestEnd({ registry, durations, stops, inFlight }: SchedulerContext, jobId: string, now: number): number {
  const change = inFlight.get(jobId)?.type;
  // Its end was asked for, or is being written.
  if (stops.has(jobId) || (change !== undefined && change !== 'started')) return now;
  const { run, startedMonotonic } = registry.context(jobId);
  const known = durations.of(registry.request(jobId), registry.harness(jobId));
  const began = change === 'started' ? now : (run?.place?.monotonic ?? startedMonotonic ?? now);
  const least = known.find((took) => began + took > now);
  return least === undefined ? now : began + least;
}

/** Milliseconds that a job takes at most, by its time limit and by what such work took; infinite where nothing is known. */
function longest({ registry, durations, timeout, grace }: SchedulerContext, jobId: string): number {
  const known = durations.of(registry.request(jobId), registry.harness(jobId)).at(-1) ?? Number.POSITIVE_INFINITY;
  const limit = registry.context(jobId).options.timeout ?? timeout;
  return Math.min(known, limit === null ? Number.POSITIVE_INFINITY : limit * 1_000 + grace);
}
