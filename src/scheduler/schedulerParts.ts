import { type Actor, createActor } from 'xstate';
import type { JobContext } from '../machines/job/job.ts';
import type { Transition } from '../machines/ports/journal.ts';
import { type Board, createBoard } from '../machines/scheduler/board.ts';
import { Durations } from '../machines/scheduler/durations.ts';
import { schedulerMachine } from '../machines/scheduler/scheduler.ts';
import { Expectations } from '../projections/expectedTimes.ts';
import { defaultOptions, type JobSchedulerDependencies, type JobSchedulerOptions } from './jobSchedulerOptions.ts';
import { createRetention } from './retention.ts';

/** The scheduler's actor, what it was made of, and what is read beside it. */
export type SchedulerParts = Required<
  Pick<JobSchedulerDependencies, 'runs' | 'journal' | 'now' | 'onProblem' | 'admit'>
> & {
  actor: Actor<typeof schedulerMachine>;
  board: Board;
  expectations: Expectations;
  tempDirPrefix: string;
  /** Keeps the history of finished jobs within its limits. */
  pruneHistory: () => Promise<void>;
  /** Why jobs beyond the history are still kept: what of theirs cannot be deleted. */
  undeletable: ReadonlyMap<string, string>;
  /** Aborted when the scheduler is to end. */
  stopping: AbortController;
};

/** Makes a scheduler's actor of what an earlier one left in the journal; nothing is started yet. */
export function schedulerParts(
  dependencies: JobSchedulerDependencies,
  options: Partial<JobSchedulerOptions>,
): SchedulerParts {
  const { clock, inspect, runs, journal, now = Date.now, onTransition = () => {}, onProblem = () => {} } = dependencies;
  const {
    monotonic = () => journal.monotonic(),
    onFatal = onProblem,
    admit = () => {},
    blockedBy = null,
  } = dependencies;
  const { tempDirPrefix, history, ...given } = { ...defaultOptions, ...options };
  const stopping = new AbortController();
  const undeletable = new Map<string, string>();
  const pruneHistory = createRetention(journal, (job) => runs.discard(job), history, monotonic, {
    onForgotten: (jobIds) => {
      for (const jobId of jobIds) undeletable.delete(jobId);
      actor.send({ type: 'history.forgotten', jobIds });
    },
    isNeeded: (jobId) => actor.getSnapshot().context.holds.isAwaited(jobId),
    onStuck: (jobId, reason) => undeletable.set(jobId, reason),
    onProblem,
    signal: stopping.signal,
  });
  const durations = new Durations(journal);
  const board = createBoard();
  const actor: SchedulerParts['actor'] = createActor(schedulerMachine, {
    id: 'scheduler',
    input: {
      ...given,
      ...{ runs, journal, now, monotonic, board, onProblem, pruneHistory, blockedBy, durations },
      onTransition: (transition: Transition, job: JobContext) => {
        if (transition.type === 'completed') durations.forget();
        onTransition(transition, job);
      },
      restore: () => journal.restore(given.maxCompletedJobs),
      paused: journal.setting('paused') === true,
    },
    ...(clock && { clock }),
    ...(inspect && { inspect }),
  });
  actor.subscribe({ error: (error) => onFatal(`the scheduler failed: ${error}`) });
  return {
    actor,
    board,
    expectations: new Expectations(durations),
    tempDirPrefix,
    pruneHistory,
    undeletable,
    stopping,
    runs,
    journal,
    now,
    onProblem,
    admit,
  };
}
