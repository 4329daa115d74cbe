import type { AnyActorRef } from 'xstate';
import type { Transition } from '../journal/contract.ts';
import type { SchedulerContext } from './schedulerContext.ts';
import type { Reply } from './schedulerEvents.ts';

type Books = Pick<SchedulerContext, 'queue' | 'running' | 'inFlight'>;

/** The scheduler's books after a transition that is on disk. Pure. */
export function applyTransition({ queue, running, inFlight }: Books, transition: Transition): Books {
  const { jobId } = transition;
  switch (transition.type) {
    case 'submitted':
      return { queue: queue.add(jobId), running, inFlight: without(inFlight, jobId) };
    case 'started':
      return { queue: queue.remove(jobId), running: [...running, jobId], inFlight: without(inFlight, jobId) };
    case 'cancelled':
      return { queue: queue.remove(jobId), running, inFlight: without(inFlight, jobId) };
    case 'launched':
      return { queue, running, inFlight };
    case 'completed':
    case 'failed':
      return { queue, running: running.filter((id) => id !== jobId), inFlight: without(inFlight, jobId) };
  }
}

/** Tells the job's actor, and whoever listens. A job that has ended lets the oldest finished ones go. */
export function performTransition(context: SchedulerContext, transition: Transition, scheduler: AnyActorRef): void {
  const { roster } = context;
  const { jobId, at, type } = transition;
  switch (transition.type) {
    case 'submitted':
      roster.admit(transition.job, scheduler);
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

/** What is in flight once a transition was decided, with the way back to whoever asked for it. Pure. */
export function underWay({ inFlight }: Books, transition: Transition, reply: Reply | null): Books['inFlight'] {
  const key = transition.type === 'submitted' ? (transition.job.idempotency?.key ?? null) : null;
  return new Map(inFlight).set(transition.jobId, { type: transition.type, reply, key });
}

/**
 * What is to be written once the journal works again. While it does not, all that happens to runs waits there, so that
 * the journal has it in the order in which it happened: an end before its launch would be a history that never was. Pure.
 */
export function keptBack({ journalFault, unwritten }: SchedulerContext, transition: Transition): readonly Transition[] {
  return journalFault === null ? unwritten : [...unwritten, transition];
}

/**
 * The scheduler's books when transitions could not be written. A decision is taken back, and whoever asked for it is to
 * be told (`replies`); what happened to a run has happened, and is kept until it can be written. Pure.
 */
export function takeBack({ inFlight, unwritten }: SchedulerContext, transitions: readonly Transition[]) {
  const isDecision = ({ type }: Transition) => type === 'submitted' || type === 'cancelled' || type === 'started';
  const decisions = transitions.filter(isDecision);
  return {
    replies: decisions.flatMap(({ jobId }) => inFlight.get(jobId)?.reply ?? []),
    inFlight: decisions.reduce<Books['inFlight']>((map, { jobId }) => without(map, jobId), inFlight),
    unwritten: [...unwritten, ...transitions.filter((transition) => !isDecision(transition))],
  };
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
