import type { SnapshotFrom } from 'xstate';
import type { Clock } from '../clock.ts';
import type { Journal } from '../machines/ports/journal.ts';
import type { BoardContext } from '../machines/scheduler/board.ts';
import type { schedulerMachine } from '../machines/scheduler/scheduler.ts';
import { freeSlots } from '../machines/scheduler/startable.ts';
import { schedulerHealth } from './health.ts';

/** What a scheduler measures now, beside what is counted as it happens. */
export type SchedulerMetrics = {
  queue: {
    /** Jobs that wait, and that may. */
    depth: number;
    limit: number;
    /** Milliseconds for which the one that came first has waited; 0: none waits. */
    oldest: number;
  };
  slots: { busy: number; total: number };
  /** Of each pool the devices that are handed out, and those that a run has; empty: none are handed out. */
  pools: { name: string; busy: number; total: number }[];
  takesJobs: boolean;
  isWritable: boolean;
  isPaused: boolean;
  isBlocked: boolean;
};

/** What is measured of a snapshot. A row is read, of the job that waits the longest; O(devices), whatever waits. */
export function schedulerMetrics(
  snapshot: SnapshotFrom<typeof schedulerMachine>,
  counts: BoardContext,
  journal: Pick<Journal, 'fault' | 'list'>,
): SchedulerMetrics {
  const { context } = snapshot;
  const { queue, slots, devices, maxQueue, blockedBy, paused, journalFault } = context;
  const { degraded } = schedulerHealth(snapshot, counts, journal);
  return {
    queue: { depth: queue.size, limit: maxQueue, oldest: longestWait(journal, context) },
    slots: { busy: slots - freeSlots(context), total: slots },
    pools: (devices?.pools ?? []).map(({ name, devices: names }) => ({
      name,
      busy: names.filter((device) => devices?.ownersOf(device).length !== 0).length,
      total: names.length,
    })),
    takesJobs: degraded === null,
    isWritable: journalFault === null && journal.fault() === null,
    isPaused: paused,
    isBlocked: blockedBy !== null,
  };
}

function longestWait({ list }: Pick<Journal, 'list'>, clock: Clock): number {
  const [first] = list({ filter: { status: 'queued' }, order: 'oldest', cursor: null, limit: 1 }).jobs;
  if (first === undefined) return 0;
  const { createdAt, createdMonotonic } = first;
  // Rows of 0.2 have only the time that was shown.
  return Math.max(0, createdMonotonic === null ? clock.now() - createdAt : clock.monotonic() - createdMonotonic);
}
