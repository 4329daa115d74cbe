import type { AnyActorRef } from 'xstate';
import type { Transition } from '../journal/contract.ts';
import type { SchedulerContext } from './schedulerContext.ts';

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

/** Tells the job's actor, and forgets the oldest finished jobs beyond those that stay. */
export function performTransition(context: SchedulerContext, transition: Transition, scheduler: AnyActorRef): void {
  const { roster } = context;
  const { jobId, at } = transition;
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
}

/** Forgets the finished jobs beyond the newest `keep`, and what their runs left. @returns how many. */
export function pruneJobs({ roster, runs, tempDirPrefix, onProblem }: SchedulerContext, keep: number): number {
  const pruned = roster.prune(keep);
  for (const { context } of pruned) {
    const { jobId, request } = context;
    runs.discard({ jobId, request, folderName: tempDirPrefix + jobId }).catch((error) => {
      onProblem(`the folders of the forgotten job ${jobId} could not be deleted: ${error}`);
    });
  }
  return pruned.length;
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
