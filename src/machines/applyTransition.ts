import type { Transition } from '../journal/contract.ts';
import type { Devices } from './devices.ts';
import { isEnd, isInto, isOutOf, jobEventOf } from './jobSteps.ts';
import type { SchedulerContext } from './schedulerContext.ts';

export type Books = Pick<SchedulerContext, 'queue' | 'waitingBytes' | 'running' | 'withdrawn' | 'inFlight' | 'devices'>;

/** The scheduler's books after a transition that is on disk, by what it does to the state of its job. Pure. */
export function applyTransition(books: Books, transition: Transition): Books {
  const { jobId, type } = transition;
  const { queue, waitingBytes, running, withdrawn, devices } = books;
  const isLeft = isOutOf('queued', type);
  const isOver = isOutOf('running', type);
  return {
    queue:
      transition.type === 'submitted'
        ? queue.add(jobId, transition.job.options.priority)
        : isLeft
          ? queue.remove(jobId)
          : queue,
    waitingBytes: isLeft ? waitingBytes.without(jobId) : waitingBytes,
    running: isInto('running', type) ? [...running, jobId] : isOver ? running.filter((id) => id !== jobId) : running,
    withdrawn: type === 'withdrawn' ? [...withdrawn, jobId] : withdrawn,
    devices: isOver ? (devices?.release(jobId) ?? null) : devices,
    // A launch and a place are never in flight as changes: see `appendFact`.
    inFlight: isNews(type) ? books.inFlight : books.inFlight.without(jobId),
  };
}

/** Whether a transition tells of a run and leaves its job as it is, so that others may change it meanwhile. */
export const isNews = (type: Transition['type']): boolean => type === 'launched' || type === 'placed';

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
  context.onTransition(transition);
  if (isEnd(transition.type)) {
    registry.prune(context.maxCompletedJobs);
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
  const isDecision = ({ type }: Transition) => type === 'submitted' || type === 'cancelled' || type === 'started';
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
