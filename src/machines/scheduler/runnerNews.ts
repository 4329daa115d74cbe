import type { Transition } from '../ports/journal.ts';
import type { SchedulerContext } from './schedulerContext.ts';

/** The requests to end a run among transitions: of one that has ended, or was taken back, there is nothing to stop. */
export const stopsToSend = (context: SchedulerContext, transitions: readonly Transition[]) =>
  ofJobsThatGoOn(
    context,
    transitions.filter((one) => one.type === 'stopRequested'),
  );

/** The ends of parts, and of attempts, among transitions, behind which their jobs go on. */
export const recordedEnds = (context: SchedulerContext, transitions: readonly Transition[]) =>
  ofJobsThatGoOn(
    context,
    transitions.filter(({ type }) => type === 'taskCompleted' || type === 'attemptFailed'),
  );

const ofJobsThatGoOn = <One extends Transition>(
  { running, withdrawn, inFlight }: SchedulerContext,
  transitions: readonly One[],
): One[] =>
  transitions.filter(({ jobId }) => running.includes(jobId) && !withdrawn.includes(jobId) && !inFlight.has(jobId));
