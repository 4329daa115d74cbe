import type { SnapshotFrom } from 'xstate';
import type { Journal } from '../journal/contract.ts';
import type { BoardContext } from '../machines/board.ts';
import type { schedulerMachine } from '../machines/scheduler.ts';

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
