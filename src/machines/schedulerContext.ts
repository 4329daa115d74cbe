import type { AnyActorRef } from 'xstate';
import type { Journal, StoredJob, Transition } from '../journal/contract.ts';
import type { Runs } from '../runner/contract.ts';
import type { NewJob } from '../schemas/job.ts';
import type { Outcome } from '../schemas/outcome.ts';
import type { Board } from './board.ts';
import { OrderedQueue } from './orderedQueue.ts';
import { Roster } from './roster.ts';
import type { Reply, SchedulerCommand } from './schedulerEvents.ts';

export type SchedulerOptions = {
  /** Runs at a time. */
  slots: number;
  /** Jobs that may wait; one more is refused. */
  maxQueue: number;
  /** Finished jobs that stay. */
  maxCompletedJobs: number;
  /** Milliseconds between asking a run to end and killing it. */
  grace: number;
};

/** What the scheduler needs of the outside. */
export type SchedulerDependencies = {
  runs: Runs;
  journal: Pick<Journal, 'append' | 'probe' | 'find' | 'findByKey'>;
  /** Called whenever a job has ended: keeps the history of finished jobs within its limits. */
  pruneHistory: () => Promise<void>;
  board: Board;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Told each transition once, after it was applied. */
  onTransition: (transition: Transition) => void;
  /** Told what went wrong and changed no job. */
  onProblem: (message: string) => void;
};

export type SchedulerInput = SchedulerOptions &
  SchedulerDependencies & {
    /** Jobs of an earlier server, each kind in the order in which it happened. */
    restored: readonly StoredJob[];
  };

/** A change of state that was decided and is not on disk yet, with the way back to whoever asked for it. */
export type InFlight = { type: Transition['type']; reply: Reply | null; key: string | null };

export type SchedulerContext = Omit<SchedulerInput, 'restored'> & {
  queue: OrderedQueue;
  /** Running jobs, the oldest first. */
  running: readonly string[];
  /** job id → its change of state under way. At most one a job. */
  inFlight: ReadonlyMap<string, InFlight>;
  /** Commands that wait for the change under way of the same job. */
  deferred: readonly SchedulerCommand[];
  /** What happened to runs and could not be written yet. */
  unwritten: readonly Transition[];
  /** Why the journal could not be written when it was last tried; null when it could. */
  journalFault: string | null;
  roster: Roster;
};

/** The books and the jobs of a scheduler that starts, with what an earlier server left in the journal. */
export function initialContext({ restored, ...input }: SchedulerInput, self: AnyActorRef): SchedulerContext {
  const idsOf = (status: StoredJob['status']) =>
    restored.filter((job) => job.status === status).map(({ jobId }) => jobId);
  return {
    ...input,
    queue: OrderedQueue.of(idsOf('queued')),
    running: idsOf('running'),
    inFlight: new Map(),
    deferred: [],
    unwritten: [],
    journalFault: null,
    roster: new Roster(input.board, restored, self),
  };
}

/**
 * The first job that waits and of which nothing is under way; undefined too while that one must wait for another run.
 */
export function nextToStart(context: SchedulerContext): string | undefined {
  const jobId = firstWaiting(context);
  return jobId === undefined || isFolderInUse(context, jobId) ? undefined : jobId;
}

/** Two runs at a time in one folder could not be told apart by what they write: the second waits for the first. */
function isFolderInUse({ running, inFlight, slots, roster }: SchedulerContext, jobId: string): boolean {
  if (slots === 1) return false;
  const folderOf = (id: string) => roster.contextOf(id).request.output_dir;
  const folder = folderOf(jobId);
  const starting = [...inFlight].filter(([, { type }]) => type === 'started').map(([id]) => id);
  return folder !== null && [...running, ...starting].some((id) => folderOf(id) === folder);
}

function firstWaiting({ queue, inFlight }: SchedulerContext): string | undefined {
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

/** The job that was submitted with the key of a new one. */
export function knownJob({ journal }: SchedulerContext, { idempotency }: NewJob): ReturnType<Journal['findByKey']> {
  return idempotency === null ? undefined : journal.findByKey(idempotency.key);
}

/** Whether another submission with the key of a new one is under way. */
export function isKeyInFlight({ inFlight }: SchedulerContext, { idempotency }: NewJob): boolean {
  if (idempotency === null) return false;
  for (const { key } of inFlight.values()) if (key === idempotency.key) return true;
  return false;
}

function countInFlight(inFlight: SchedulerContext['inFlight'], type: InFlight['type']): number {
  let count = 0;
  for (const change of inFlight.values()) if (change.type === type) count++;
  return count;
}
