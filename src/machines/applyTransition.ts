import type { Transition } from '../journal/contract.ts';
import type { SchedulerContext } from './schedulerContext.ts';

type Books = Pick<SchedulerContext, 'queue' | 'running' | 'inFlight'>;

/** The scheduler's books after a transition that is on disk. Pure. */
export function applyTransition({ queue, running, inFlight }: Books, transition: Transition): Books {
  const { jobId } = transition;
  switch (transition.type) {
    case 'submitted':
      return { queue: queue.add(jobId, transition.job.options.priority), running, inFlight: inFlight.without(jobId) };
    case 'started':
      return { queue: queue.remove(jobId), running: [...running, jobId], inFlight: inFlight.without(jobId) };
    case 'cancelled':
      return { queue: queue.remove(jobId), running, inFlight: inFlight.without(jobId) };
    case 'launched':
      return { queue, running, inFlight };
    case 'completed':
    case 'failed':
      return { queue, running: running.filter((id) => id !== jobId), inFlight: inFlight.without(jobId) };
  }
}

/** Changes the job, and tells whoever listens. A job that has ended lets the oldest finished ones go. */
export function performTransition(context: SchedulerContext, transition: Transition): void {
  const { roster } = context;
  const { jobId, at, type } = transition;
  switch (transition.type) {
    case 'submitted':
      roster.admit(transition.job);
      break;
    case 'started':
      roster.tell(jobId, { type: 'job.start', at });
      break;
    case 'launched':
      roster.tell(jobId, { type: 'job.progress', run: transition.run });
      break;
    case 'cancelled':
      roster.tell(jobId, { type: 'job.cancel', at });
      break;
    case 'completed':
      roster.tell(jobId, { type: 'job.complete', at, outcome: transition.outcome });
      break;
    case 'failed':
      roster.tell(jobId, { type: 'job.fail', at, outcome: transition.outcome });
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
export function takeBack({ inFlight, unwritten }: SchedulerContext, transitions: readonly Transition[]) {
  const isDecision = ({ type }: Transition) => type === 'submitted' || type === 'cancelled' || type === 'started';
  const decisions = transitions.filter(isDecision);
  const happened = transitions.filter((transition) => !isDecision(transition) && !unwritten.includes(transition));
  return {
    replies: decisions.flatMap(({ jobId }) => inFlight.get(jobId)?.reply ?? []),
    inFlight: decisions.reduce((changes, { jobId }) => changes.without(jobId), inFlight),
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
