import type { BoardContext } from '../machines/scheduler/board.ts';
import type { SchedulerContext } from '../machines/scheduler/schedulerContext.ts';
import { ONLY_POOL } from '../schemas/engine/devicePool.ts';
import type { Device } from '../schemas/engine/engine.ts';

/** The queue as clients see it: ids of live jobs, and counts. */
export type QueueStats = {
  /** Ids of the jobs that wait, in the order in which they will start. */
  queued: readonly string[];
  completed: number;
  failed: number;
  cancelled: number;
  /** The oldest running job. */
  runningJob: string | null;
  /** All running jobs, the oldest first. */
  runningJobs: readonly string[];
  /** How many of them have not begun. */
  pending: number;
};

/** The queue and the counts. O(queue) for the list of ids, once a change. */
export function queueStats(
  { queue, pending }: Pick<SchedulerContext, 'queue' | 'pending'>,
  { counts, running }: BoardContext,
): QueueStats {
  const { completed, failed, cancelled } = counts;
  const ended = { completed, failed, cancelled };
  return {
    ...{ queued: queue.ids, runningJob: running[0] ?? null, runningJobs: running, pending: pending.length },
    ...ended,
  };
}

/** The devices that are handed out, and whose they are; null: none are. */
export function deviceOwners({ devices }: Pick<SchedulerContext, 'devices'>): Device[] | null {
  if (devices === null) return null;
  return devices.pools.flatMap(({ name: pool, devices: names }) =>
    names.map((name) => {
      const owners = devices.ownersOf(name);
      return { name, job_id: owners[0] ?? null, job_ids: owners, ...(pool !== ONLY_POOL && { pool }) };
    }),
  );
}
