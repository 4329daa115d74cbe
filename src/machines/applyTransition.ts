import type { Transition } from '../journal/contract.ts';
import type { Devices } from './devices.ts';
import type { SchedulerContext } from './schedulerContext.ts';
import type { Reply } from './schedulerEvents.ts';
import { withoutStop, withStop } from './stopRequests.ts';

export type Books = Pick<
  SchedulerContext,
  'queue' | 'waitingBytes' | 'running' | 'withdrawn' | 'inFlight' | 'stops' | 'devices'
>;

/**
 * Whether a transition changes the state of its job. One that does is in flight until it is on disk, and no other is
 * decided meanwhile; the others leave the state as it is.
 */
export const changesState = ({ type }: Transition): boolean =>
  type !== 'launched' && type !== 'placed' && type !== 'stopRequested';

/** The way back to whoever asked for a transition; absent when nobody did. */
export function replyOf({ inFlight, stops }: Books, { type, jobId }: Transition): Reply | null | undefined {
  return type === 'stopRequested' ? stops.get(jobId)?.reply : inFlight.get(jobId)?.reply;
}

/** The scheduler's books after a transition that is on disk. Pure. */
export function applyTransition(books: Books, transition: Transition): Books {
  const { jobId } = transition;
  const { queue, waitingBytes, running, withdrawn, stops, devices } = books;
  const inFlight = changesState(transition) ? books.inFlight.without(jobId) : books.inFlight;
  const rest: Books = { queue, waitingBytes, running, withdrawn, inFlight, stops, devices };
  switch (transition.type) {
    case 'submitted':
      return { ...rest, queue: queue.add(jobId, transition.job.options.priority) };
    case 'started': {
      const left = { queue: queue.remove(jobId), waitingBytes: waitingBytes.without(jobId) };
      return { ...rest, ...left, running: [...running, jobId] };
    }
    case 'launched':
    case 'placed':
      return rest;
    case 'stopRequested':
      return { ...rest, stops: withStop(stops, jobId, { isWritten: true, reply: null }) };
    case 'withdrawn':
      return { ...rest, withdrawn: [...withdrawn, jobId] };
    case 'reprioritised':
      return { ...rest, queue: queue.reprioritise(jobId, transition.priority) };
    case 'cancelled':
      return { ...rest, queue: queue.remove(jobId), waitingBytes: waitingBytes.without(jobId) };
    case 'completed':
    case 'failed':
      return {
        ...rest,
        running: running.filter((id) => id !== jobId),
        stops: withoutStop(stops, jobId),
        devices: devices?.release(jobId) ?? null,
      };
  }
}

/** The devices after a decision: a job that is to start has its own from now on, before that is on disk. Pure. */
export function devicesAfterDecision(devices: Devices | null, transition: Transition): Devices | null {
  if (devices === null || transition.type !== 'started') return devices;
  return devices.hold(transition.jobId, transition.devices ?? []);
}

/** Changes the job, and tells whoever listens. A job that has ended lets the oldest finished ones go. */
export function performTransition(context: SchedulerContext, transition: Transition): void {
  const { roster } = context;
  const { jobId, at, type, monotonic } = transition;
  const moment = { at, ...(monotonic !== undefined && { monotonic }) };
  switch (transition.type) {
    case 'submitted':
      roster.admit(transition.job, context.waitingBytes.of(jobId)?.bytes);
      break;
    case 'started':
      roster.tell(jobId, { type: 'job.start', ...moment, ...(transition.devices && { devices: transition.devices }) });
      break;
    case 'launched':
      roster.tell(jobId, { type: 'job.progress', run: transition.run });
      break;
    case 'withdrawn':
      roster.tell(jobId, { type: 'job.progress', run: null });
      break;
    case 'placed': {
      const { run } = roster.contextOf(jobId);
      if (run !== null) roster.tell(jobId, { type: 'job.progress', run: { ...run, place: transition.place } });
      break;
    }
    case 'stopRequested':
      roster.tell(jobId, { type: 'job.stopRequested', request: { at, by: transition.who } });
      break;
    case 'reprioritised':
      roster.tell(jobId, { type: 'job.reprioritise', priority: transition.priority });
      break;
    case 'cancelled':
      roster.tell(jobId, { type: 'job.cancel', ...moment });
      break;
    case 'completed':
      roster.tell(jobId, { type: 'job.complete', ...moment, outcome: transition.outcome });
      break;
    case 'failed':
      roster.tell(jobId, { type: 'job.fail', ...moment, outcome: transition.outcome });
      break;
  }
  context.onTransition(transition);
  if (type === 'cancelled' || type === 'completed' || type === 'failed') {
    roster.prune(context.maxCompletedJobs);
    context.pruneHistory().catch((error) => context.onProblem(`the history could not be pruned: ${error}`));
  }
}

/**
 * The scheduler's books when transitions could not be written. A decision is taken back, and whoever asked for it is to
 * be told (`replies`); what happened to a run has happened, and is kept until it can be written. Pure.
 */
export function takeBack(
  { inFlight, unwritten, devices, waitingBytes }: SchedulerContext,
  transitions: readonly Transition[],
) {
  const decided: readonly Transition['type'][] = ['submitted', 'reprioritised', 'cancelled', 'started'];
  const isDecision = ({ type }: Transition) => decided.includes(type);
  const decisions = transitions.filter(isDecision);
  const happened = transitions.filter((transition) => !isDecision(transition) && !unwritten.includes(transition));
  return {
    replies: decisions.flatMap(({ jobId }) => inFlight.get(jobId)?.reply ?? []),
    inFlight: decisions.reduce((changes, { jobId }) => changes.without(jobId), inFlight),
    waitingBytes: decisions.reduce(
      (bytes, { type, jobId }) => (type === 'submitted' ? bytes.without(jobId) : bytes),
      waitingBytes,
    ),
    devices: decisions.reduce(
      (rest, { type, jobId }) => (type === 'started' && rest ? rest.release(jobId) : rest),
      devices,
    ),
    unwritten: [...unwritten, ...happened],
    catchingUp: false,
  };
}

/** What is still to be written after a commit, and whether the journal is known to be writable. Pure. */
export function writtenOff({ unwritten, journalFault }: SchedulerContext, committed: readonly Transition[]) {
  if (journalFault === null) return {};
  const done = new Set(committed);
  const rest = unwritten.filter((transition) => !done.has(transition));
  return { unwritten: rest, journalFault: rest.length === 0 ? null : journalFault, catchingUp: false };
}
