import { isMachineSnapshot, type SnapshotFrom } from 'xstate';
import type { TrackerSystem } from '../runner/contract.ts';
import type { LiveStates } from '../schemas/machines.ts';
import type { BoardContext } from './board.ts';
import { runnerId } from './runnerChild.ts';
import type { schedulerMachine } from './scheduler.ts';
import { innermost } from './transitionFeed.ts';

/** What the machines are doing now. O(running): jobs are counted by the board. */
export function liveStates(
  { value, context, children }: SnapshotFrom<typeof schedulerMachine>,
  { counts }: BoardContext,
  trackers: readonly TrackerSystem[],
): LiveStates {
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
