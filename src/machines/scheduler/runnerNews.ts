import type { Transition } from '../ports/journal.ts';
import type { SchedulerContext } from './schedulerContext.ts';

/** The requests to end a run among transitions, of jobs that go on: of one that has ended, or was taken back, there is nothing to stop. */
export const stopsToSend = (context: SchedulerContext, transitions: readonly Transition[]) =>
  transitions.filter((one) => one.type === 'stopRequested').filter(({ jobId }) => goesOn(context, jobId));

/** The jobs that go on among those of which transitions end a part, or an attempt: each ends one at a time. */
export const recordedEnds = (context: SchedulerContext, transitions: readonly Transition[]): string[] =>
  transitions
    .filter(({ type }) => type === 'taskCompleted' || type === 'attemptFailed')
    .flatMap(({ jobId }) => (goesOn(context, jobId) ? [jobId] : []));

function goesOn({ running, withdrawn, inFlight }: SchedulerContext, jobId: string): boolean {
  return running.includes(jobId) && !withdrawn.includes(jobId) && !inFlight.has(jobId);
}
