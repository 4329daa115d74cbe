import { isMachineSnapshot, type SnapshotFrom } from 'xstate';
import { innermost } from '../machines/observeTransitions.ts';
import type { Journal } from '../machines/ports/journal.ts';
import type { TrackerSystem } from '../machines/ports/runner.ts';
import type { BoardContext } from '../machines/scheduler/board.ts';
import { runnerId } from '../machines/scheduler/runnerChild.ts';
import type { schedulerMachine } from '../machines/scheduler/scheduler.ts';
import type { SchedulerStates } from '../schemas/server/machines.ts';

/** How many jobs wait and run, and why the server takes none, if so. */
export type SchedulerHealth = { queued: number; running: number; degraded: string | null };

/** @param journal is asked whether it is seen, without trying, that it cannot be written. O(1). */
export function schedulerHealth(
  snapshot: SnapshotFrom<typeof schedulerMachine>,
  { counts }: BoardContext,
  journal: Pick<Journal, 'fault'>,
): SchedulerHealth {
  return { queued: counts.queued, running: counts.running, degraded: degradedBy(snapshot, journal) };
}

function degradedBy(snapshot: SnapshotFrom<typeof schedulerMachine>, journal: Pick<Journal, 'fault'>): string | null {
  if (snapshot.status === 'error') return `the scheduler failed: ${snapshot.error}`;
  const isUnwritable = snapshot.matches({ intake: { closed: 'unwritable' } });
  const fault = isUnwritable ? snapshot.context.journalFault : journal.fault();
  if (fault !== null) return `the journal cannot be written: ${fault}`;
  return snapshot.matches({ intake: 'closed' }) ? 'the server is shutting down' : null;
}

/** What the machines are doing now. O(running): jobs are counted by the board. */
export function liveStates(
  { value, context, children }: SnapshotFrom<typeof schedulerMachine>,
  { counts }: BoardContext,
  trackers: readonly TrackerSystem[],
): SchedulerStates {
  return {
    scheduler: innermost(value),
    runners: context.running.flatMap((jobId) => {
      const snapshot: unknown = children[runnerId(jobId)]?.getSnapshot();
      return isMachineSnapshot(snapshot) ? [{ job_id: jobId, states: innermost(snapshot.value) }] : [];
    }),
    trackers: trackers.flatMap((system) =>
      system.states().map(({ jobId, value }) => ({ job_id: jobId, states: innermost(value) })),
    ),
    jobs: { ...counts },
  };
}
