import type { JobStatus } from '../../schemas/job/job.ts';
import type { Transition } from '../ports/journal.ts';
import { type JobContext, type JobEvent, jobMachine } from './job.ts';

/** The states that a transition leads a job from and to: the same when it only changes what is known of it; from null when it comes to be. */
export type JobStep = { from: JobStatus | null; to: JobStatus };

export type JobSteps = Readonly<Record<Transition['type'], JobStep>>;

/** The event that each transition is to its job. */
const eventTypes = {
  started: 'job.start',
  launched: 'job.progress',
  placed: 'job.progress',
  withdrawn: 'job.progress',
  taskCompleted: 'job.taskCompleted',
  attemptFailed: 'job.attemptFailed',
  stopRequested: 'job.stopRequested',
  reprioritised: 'job.reprioritise',
  cancelled: 'job.cancel',
  completed: 'job.complete',
  failed: 'job.fail',
} as const satisfies Record<Exclude<Transition['type'], 'submitted'>, JobEvent['type']>;

/**
 * What each transition of the journal does to the state of its job, read off the chart of jobs: rows, counts, books and the check of a
 * journal are made of it, so that a state or an arrow stands in `job.ts` and nowhere else.
 */
export const jobSteps: JobSteps = {
  submitted: { from: null, to: jobMachine.root.initial.target[0]?.key as JobStatus },
  ...(Object.fromEntries(Object.entries(eventTypes).map(([type, event]) => [type, stepOf(event)])) as Record<
    keyof typeof eventTypes,
    JobStep
  >),
};

/** Whether nothing more happens to a job in a state. */
export function isFinal(status: JobStatus): boolean {
  return jobMachine.states[status]?.type === 'final';
}

/** Whether a job has ended with a transition. */
export const isEnd = (type: Transition['type']): boolean => isFinal(jobSteps[type].to);

/** Whether a job comes into a state with a transition. */
export function isInto(status: JobStatus, type: Transition['type']): boolean {
  const { from, to } = jobSteps[type];
  return to === status && from !== status;
}

/** Whether a job leaves a state with a transition. */
export function isOutOf(status: JobStatus, type: Transition['type']): boolean {
  const { from, to } = jobSteps[type];
  return from === status && to !== status;
}

/** Whether the chart lets a job that is in a state take an event. It has no guards: that depends on the state alone. */
export function allows(status: JobStatus, event: JobEvent): boolean {
  return jobMachine.resolveState({ value: status, context: {} as JobContext }).can(event);
}

/** What a transition is to its job; null when it comes to be with it. */
export function jobEventOf(transition: Transition): JobEvent | null {
  const { at, monotonic } = transition;
  const moment = { at, ...(monotonic !== undefined && { monotonic }) };
  switch (transition.type) {
    case 'submitted':
      return null;
    case 'started':
      return { type: 'job.start', ...moment, ...(transition.devices && { devices: transition.devices }) };
    case 'launched':
      return { type: 'job.progress', run: transition.run };
    case 'placed':
      return { type: 'job.progress', placement: transition.place };
    case 'withdrawn':
      return { type: 'job.progress', run: null };
    case 'taskCompleted':
      return { type: 'job.taskCompleted', number: transition.part.number };
    case 'attemptFailed':
      return { type: 'job.attemptFailed', attempt: transition.attempt };
    case 'stopRequested':
      return { type: 'job.stopRequested', request: { at, by: transition.who } };
    case 'reprioritised':
      return { type: 'job.reprioritise', priority: transition.priority };
    case 'cancelled':
      return {
        type: 'job.cancel',
        ...moment,
        ...(transition.cancelledFor !== undefined && { cancelledFor: transition.cancelledFor }),
      };
    case 'completed':
      return { type: 'job.complete', ...moment, outcome: transition.outcome };
    case 'failed':
      return { type: 'job.fail', ...moment, outcome: transition.outcome };
  }
}

/** @throws when the chart has no arrow for an event, or several: a row would not know its state. */
function stepOf(event: JobEvent['type']): JobStep {
  const steps = Object.values(jobMachine.states).flatMap((state) =>
    (state.transitions.get(event) ?? []).map(({ target }) => ({ from: state.key, to: target?.[0]?.key ?? state.key })),
  );
  const [step] = steps;
  if (step === undefined || steps.length > 1)
    throw new Error(`the chart of jobs has ${steps.length} arrows for ${event}`);
  return step as JobStep;
}
