import { isEnd, isInto, isOutOf, jobEventOf } from '../job/jobSteps.ts';
import type { Transition } from '../ports/journal.ts';
import type { Devices } from './devices.ts';
import { waitingJob } from './jobQueue.ts';
import { isPlaced, type SchedulerContext } from './schedulerContext.ts';
import type { Reply } from './schedulerEvents.ts';
import { withoutStop, withStop } from './stopRequests.ts';

export type Books = Pick<
  SchedulerContext,
  'queue' | 'holds' | 'waitingBytes' | 'running' | 'pending' | 'withdrawn' | 'inFlight' | 'stops' | 'devices'
>;

/**
 * Whether a transition is alone: in flight until it is on disk, while nothing else of its job is decided. The others only tell of a
 * run, or ask for its end, so that it may end, or the next one begin, while they are written.
 */
export const isExclusive = ({ type }: Transition): boolean => !shared.includes(type);

const shared: readonly Transition['type'][] = ['launched', 'placed', 'taskCompleted', 'attemptFailed', 'stopRequested'];

/** How the request for a transition is answered; absent when it was not requested. */
export function replyOf({ inFlight, stops }: Books, transition: Transition): Reply | null | undefined {
  const { type, jobId } = transition;
  if (transition.imported && !isEnd(type)) return undefined;
  return type === 'stopRequested' ? stops.get(jobId)?.reply : inFlight.get(jobId)?.reply;
}

/** The scheduler's books after a transition that is on disk, by what it does to the state of its job. Pure. */
export function applyTransition(books: Books, transition: Transition): Books {
  const { jobId, type } = transition;
  const { queue, holds, waitingBytes, running, pending, withdrawn, stops, devices } = books;
  if (transition.imported) {
    // It has neither waited nor run here, and is in flight until its last transition.
    const inFlight = isEnd(type) ? books.inFlight.without(jobId) : books.inFlight;
    return { queue, holds, waitingBytes, running, pending, withdrawn, stops, devices, inFlight };
  }
  const isOver = isOutOf('running', type);
  return {
    holds,
    queue: queueAfter(queue, transition),
    waitingBytes: isOutOf('queued', type) ? waitingBytes.without(jobId) : waitingBytes,
    running: isInto('running', type) ? [...running, jobId] : isOver ? running.filter((id) => id !== jobId) : running,
    pending: pendingAfter(pending, transition),
    withdrawn: type === 'withdrawn' ? [...withdrawn, jobId] : withdrawn,
    devices: isOver ? (devices?.release(jobId) ?? null) : devices,
    stops:
      type === 'stopRequested'
        ? withStop(stops, jobId, { isWritten: true, reply: null })
        : isOver
          ? withoutStop(stops, jobId)
          : stops,
    inFlight: isExclusive(transition) ? books.inFlight.without(jobId) : books.inFlight,
  };
}

function pendingAfter(pending: Books['pending'], transition: Transition): Books['pending'] {
  const { jobId, type } = transition;
  const others = pending.filter((id) => id !== jobId);
  if (isOutOf('running', type) || type === 'placed') return others;
  if (transition.type === 'launched') return isPlaced(transition.run) ? others : [...others, jobId];
  // Of a split job each part is launched anew; an attempt counts again when it is.
  return isInto('running', type) || type === 'taskCompleted' ? [...others, jobId] : pending;
}

function queueAfter(queue: Books['queue'], transition: Transition): Books['queue'] {
  const { jobId, type } = transition;
  if (transition.type === 'submitted') return queue.add(waitingJob(transition.job));
  if (transition.type === 'reprioritised') return queue.reprioritise(jobId, transition.priority);
  if (!isOutOf('queued', type)) return queue;
  return isInto('running', type) ? queue.start(jobId) : queue.remove(jobId);
}

/** The devices after a decision: a job that is to start has its own from now on, before that is on disk. Pure. */
export function devicesAfterDecision(devices: Devices | null, transition: Transition): Devices | null {
  if (devices === null || transition.type !== 'started') return devices;
  return devices.hold(transition.jobId, transition.devices ?? []);
}

/** Changes the job, and reports it. A job that has ended lets the oldest finished ones go. */
export function performTransition(context: SchedulerContext, transition: Transition): void {
  const { registry } = context;
  const event = jobEventOf(transition);
  if (event !== null) registry.send(transition.jobId, event);
  else if (transition.type === 'submitted') registry.add(transition.job);
  context.onTransition(transition, registry.context(transition.jobId));
  if (isEnd(transition.type)) {
    registry.prune(context.maxCompletedJobs);
    context.pruneHistory().catch((error) => context.onProblem(`the history could not be pruned: ${error}`));
  }
}

/**
 * The scheduler's books when transitions could not be written. A decision is taken back, and its caller is to get an
 * answer (`replies`); what happened to a run has happened, and is kept until it can be written. Pure.
 */
export function takeBack(
  { inFlight, unwritten, devices, waitingBytes }: SchedulerContext,
  transitions: readonly Transition[],
) {
  const decided: readonly Transition['type'][] = ['submitted', 'reprioritised', 'cancelled', 'started'];
  const isDecision = ({ type, imported }: Transition) => imported === true || decided.includes(type);
  const decisions = transitions.filter(isDecision);
  const happened = transitions.filter((transition) => !isDecision(transition) && !unwritten.includes(transition));
  return {
    replies: decisions.flatMap(({ jobId, type, imported }) =>
      // One answer for the three of an import.
      imported && !isEnd(type) ? [] : (inFlight.get(jobId)?.reply ?? []),
    ),
    inFlight: decisions.reduce((changes, { jobId }) => changes.without(jobId), inFlight),
    waitingBytes: decisions.reduce(
      (bytes, { type, jobId }) => (type === 'submitted' ? bytes.without(jobId) : bytes),
      waitingBytes,
    ),
    devices: decisions.reduce(
      (rest, { type, jobId, imported }) => (type === 'started' && !imported && rest ? rest.release(jobId) : rest),
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
