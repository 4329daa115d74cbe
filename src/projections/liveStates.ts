import { isMachineSnapshot, type SnapshotFrom } from 'xstate';
import type { BoardContext } from '../machines/board.ts';
import { runnerId } from '../machines/runnerChild.ts';
import type { schedulerMachine } from '../machines/scheduler.ts';
import { innermost } from '../machines/transitionFeed.ts';
import type { TrackerSystem } from '../runner/contract.ts';
import type { SchedulerStates } from '../schemas/machines.ts';

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
