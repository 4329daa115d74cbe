import { isMachineSnapshot, type SnapshotFrom } from 'xstate';
import { runnerId } from './runnerChild.ts';
import type { schedulerMachine } from './scheduler.ts';
import { areWritten } from './stopRequests.ts';

/**
 * Whether a scheduler that was shut down has come to its end: of every running job nothing runs any more, or what runs is
 * on record for the next server; all that was decided is on disk, and every request is answered.
 */
export function isShutDown(
  { context, children }: SnapshotFrom<typeof schedulerMachine>,
  runs: 'stop' | 'leave',
): boolean {
  const { running, withdrawn, inFlight, saving, stops, registry } = context;
  const runnerOf = (jobId: string) => children[runnerId(jobId)]?.getSnapshot();
  const isOver = (jobId: string) => runnerOf(jobId)?.status !== 'active';
  const isTakenBack = (jobId: string) => withdrawn.includes(jobId) && isOver(jobId);
  // What could not be launched is the next scheduler's, and so is the next attempt: nothing of it runs. Asked to end, its runner is in
  // another state.
  const isUnlaunched = (jobId: string) => {
    const runner: unknown = runnerOf(jobId);
    return isMachineSnapshot(runner) && (runner.value === 'unlaunched' || runner.value === 'backingOff');
  };
  const isOnRecord = (jobId: string) => {
    const { run, partsEnded } = registry.context(jobId);
    return run !== null && (run.part ?? partsEnded + 1) > partsEnded;
  };
  // A runner that is over has just told of the end of its job, which is still to be decided.
  const isLeft = (jobId: string) => !isOver(jobId) && (isUnlaunched(jobId) || isOnRecord(jobId));
  const isSettled = running.every(runs === 'stop' ? isTakenBack : isLeft);
  return isSettled && inFlight.size === 0 && saving === 0 && areWritten(stops);
}
