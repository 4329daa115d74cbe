import type { Journal, Transition } from '../journal/contract.ts';
import type { Runs } from '../runner/contract.ts';
import type { Outcome } from '../schemas/outcome.ts';
import type { Board } from './board.ts';
import type { OrderedQueue } from './orderedQueue.ts';
import type { Roster } from './roster.ts';
import type { Reply, SchedulerCommand } from './schedulerEvents.ts';

export type SchedulerOptions = {
  /** Runs at a time. */
  slots: number;
  /** Jobs that may wait; one more is refused. */
  maxQueue: number;
  /** Finished jobs that stay. */
  maxCompletedJobs: number;
  /** Start of the names of the runs' own folders; the job id follows. */
  tempDirPrefix: string;
  /** Milliseconds between asking a run to end and killing it. */
  grace: number;
};

/** What the scheduler needs of the outside. */
export type SchedulerDependencies = {
  runs: Runs;
  journal: Journal;
  board: Board;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Told each transition once, after it was applied. */
  onTransition: (transition: Transition) => void;
  /** Told what went wrong and changed no job. */
  onProblem: (message: string) => void;
};

export type SchedulerInput = SchedulerOptions & SchedulerDependencies;

/** A change of state that was decided and is not on disk yet, with the way back to whoever asked for it. */
export type InFlight = { type: Transition['type']; reply: Reply | null };

export type SchedulerContext = SchedulerInput & {
  queue: OrderedQueue;
  /** Running jobs, the oldest first. */
  running: readonly string[];
  /** job id → its change of state under way. At most one a job. */
  inFlight: ReadonlyMap<string, InFlight>;
  /** Commands that wait for the change under way of the same job. */
  deferred: readonly SchedulerCommand[];
  /** What happened to runs and could not be written yet. */
  unwritten: readonly Transition[];
  roster: Roster;
};

/** The first job that waits and of which nothing is under way. */
export function nextToStart({ queue, inFlight }: SchedulerContext): string | undefined {
  // Only jobs with a change under way are passed over, so this ends after inFlight.size + 1 steps at most.
  for (let position = 0; ; position++) {
    const jobId = queue.at(position);
    if (jobId === undefined || !inFlight.has(jobId)) return jobId;
  }
}

/** Jobs that run, or were decided to start. */
export function workUnderWay({ running, inFlight }: SchedulerContext): number {
  return running.length + countInFlight(inFlight, 'started');
}

/** Jobs that wait or are about to. */
export function waitingJobs({ queue, inFlight }: SchedulerContext): number {
  return queue.size + countInFlight(inFlight, 'submitted');
}

/** The start of the next job. @throws when nothing waits: the chart would be wrong. */
export function startOf(context: SchedulerContext): Transition {
  const jobId = nextToStart(context);
  if (jobId === undefined) throw new Error('nothing waits');
  return { type: 'started', jobId, at: context.now() };
}

/** The end of a run. */
export function endOf({ now }: SchedulerContext, jobId: string, outcome: Outcome): Transition {
  return outcome.status === 'completed'
    ? { type: 'completed', jobId, at: now(), outcome }
    : { type: 'failed', jobId, at: now(), outcome };
}

/** A decision can be taken back until it is on disk; what happened to a run cannot. */
export function isDecision({ type }: Transition): boolean {
  return type === 'submitted' || type === 'cancelled' || type === 'started';
}

function countInFlight(inFlight: SchedulerContext['inFlight'], type: InFlight['type']): number {
  let count = 0;
  for (const change of inFlight.values()) if (change.type === type) count++;
  return count;
}
