import type { AnyActorRef } from 'xstate';
import type { Clock } from '../../clock.ts';
import { type DevicePool, ONLY_POOL } from '../../schemas/engine/devicePool.ts';
import type { JobStatus, NewJob } from '../../schemas/job/job.ts';
import type { JobRecord } from '../../schemas/job/jobRecord.ts';
import type { LaunchedRun } from '../../schemas/job/run.ts';
import type { RetryPolicy } from '../../schemas/submission/retry.ts';
import type { JobContext, JobEvent } from '../job/job.ts';
import { allows, jobEventOf } from '../job/jobSteps.ts';
import type { Journal, StoredJob, Transition } from '../ports/journal.ts';
import type { RunExecutor } from '../ports/runner.ts';
import type { Passed } from './backfill.ts';
import type { Board } from './board.ts';
import type { Capacity } from './capacity.ts';
import { ChangesInFlight } from './changesInFlight.ts';
import { Devices } from './devices.ts';
import type { Durations } from './durations.ts';
import { withWaiting } from './heldJobs.ts';
import { Holds } from './holds.ts';
import { JobQueue } from './jobQueue.ts';
import { JobRegistry } from './jobRegistry.ts';
import type { SchedulerCommand } from './schedulerEvents.ts';
import type { StopRequests } from './stopRequests.ts';
import { clientOfToken, WaitingBytes } from './waitingBytes.ts';

export type SchedulerOptions = {
  /** Runs at a time. */
  slots: number;
  /** Jobs that are started and have not begun, as those that their engine lets wait, up to which another is started; null: any number. */
  maxPending: number | null;
  /** CPUs and memory of this machine, which what runs shares by what it says that it needs; null: nothing is counted. */
  capacity: Capacity | null;
  /** Devices of this machine, of which each run gets as many as it asks for (`num_gpus`), by their pools; null: none are handed out. */
  pools: readonly DevicePool[] | null;
  /** Whether callers, by their tokens, take turns within a priority. */
  isFair: boolean;
  /** How far behind the first job, which waits for devices or its folder, one is looked for that may pass it, and how many may; 0: none. */
  backfillDepth: number;
  /** Jobs that may wait; one more is refused. */
  maxQueue: number;
  /** Bytes of requests, as JSON, that may wait: of all jobs, and of those of one client; one more is refused. */
  maxQueueBytes: number;
  maxQueueBytesPerClient: number;
  /** Finished jobs that stay. */
  maxCompletedJobs: number;
  /** Milliseconds between asking a run to end and killing it. */
  grace: number;
  /** Seconds a run may take, for jobs that do not say; null: any time. */
  timeout: number | null;
  /** How often jobs are tried again that do not say, and after which failures. */
  retry: RetryPolicy;
  /** Seconds a run may go without output, for jobs that do not say; null: any time. */
  stallTimeout: number | null;
  /** Seconds a run may go without output after its results are there; null: any time. */
  linger: number | null;
  /** Where every ended job is posted to, beside the URL that it names itself; null: nowhere. */
  webhook: string | null;
};

/** What the scheduler needs of the outside. The clock's monotonic time is the journal's. */
export type SchedulerDependencies = Clock & {
  runs: RunExecutor;
  journal: Pick<Journal, 'append' | 'probe' | 'saveSetting' | 'find' | 'findContent' | 'findByKey'>;
  /** Called whenever a job has ended: keeps the history of finished jobs within its limits. */
  pruneHistory: () => Promise<void>;
  board: Board;
  /** What work like that of a job took. */
  durations: Pick<Durations, 'of'>;
  /** Called with each transition once, after it was applied, and with what is known of its job since. */
  onTransition: (transition: Transition, job: JobContext) => void;
  /** Called with what went wrong and changed no job. */
  onProblem: (message: string) => void;
};

export type SchedulerInput = SchedulerOptions &
  SchedulerDependencies & {
    /** Gives the jobs of an earlier server, as the journal has them. A function: what an actor is made with it keeps for ever. */
    restore: () => readonly StoredJob[];
    /** Why no run can be launched, as was found before the start; null: nothing is known to hinder it. */
    blockedBy: string | null;
    /** Whether the queue is paused; at first, whether it was when the earlier server ended. */
    paused: boolean;
  };

export type SchedulerContext = Omit<SchedulerInput, 'restore' | 'pools' | 'isFair'> & {
  queue: JobQueue;
  /** What the jobs take that wait or are about to. */
  waitingBytes: WaitingBytes;
  /** Running jobs, the oldest first. */
  running: readonly string[];
  /** Running jobs of which the run has not begun, as far as is known: it is about to be launched, or waits on its engine for a node. */
  pending: readonly string[];
  /** Running jobs of which the run was taken back before it began, for the next server to launch. */
  withdrawn: readonly string[];
  /** Devices, and which running or starting jobs they are; null: none are handed out. */
  devices: Devices | null;
  /** Of each pool the jobs that have passed the one that is first, or was. */
  passed: ReadonlyMap<string, Passed>;
  /** Changes that were decided and are not on disk yet; at most one a job. */
  inFlight: ChangesInFlight;
  /** Requests to end running jobs: a run ends some time after it was asked to. */
  stops: StopRequests;
  /** Commands that wait for the change under way of the same job. */
  deferred: readonly SchedulerCommand[];
  /** What happened to runs and could not be written yet, in order. Nothing that happens later overtakes it. */
  unwritten: readonly Transition[];
  /** Pauses and resumes that are on their way to the journal. */
  saving: number;
  /** Whether `unwritten` is on its way to the journal: it is sent again only when that has failed. */
  catchingUp: boolean;
  /** Running jobs that could not be launched by a fault of the server or of the engine, in the order in which they failed: they wait to try again. */
  unlaunched: readonly string[];
  /** The unlaunched job that tries its launch again, before the others do; null: none does. */
  trying: string | null;
  /** Looks in a row that found no way to launch a run: each is followed by a longer wait. */
  looks: number;
  /** Why the journal could not be written when it was last tried; null when it could. */
  journalFault: string | null;
  registry: JobRegistry;
  /** Which of the jobs that wait are passed over, and for what. */
  holds: Holds;
  /** Checkpoints that were looked for so far, all looks together: the next look begins there. */
  checkpointsSeen: number;
};

/** The books and the jobs of a scheduler that starts, with what an earlier server left in the journal. */
export function initialContext(
  { restore, pools, isFair, ...input }: SchedulerInput,
  self: AnyActorRef,
): SchedulerContext {
  const restored = restore();
  const inState = (status: StoredJob['status']) => restored.filter((job) => job.status === status);
  const running = inState('running');
  const queued = inState('queued');
  const stopped = running.flatMap(({ jobId, record }) => (record?.stopRequest ? [jobId] : []));
  const statuses = new Map(restored.map(({ jobId, status }) => [jobId, status]));
  const sources = { ...input, statusOf: (id: string) => statuses.get(id) ?? input.journal.find(id)?.status };
  const waiting = queued.reduce(
    (held, { jobId, mayBeHeld }) => {
      const job = mayBeHeld ? input.journal.find(jobId) : undefined;
      return job === undefined ? held : withWaiting(held, job, sources);
    },
    { queue: restoredQueue(queued, running, { pools, isFair }), holds: Holds.none },
  );
  const owned = running.map(({ jobId, record }) => [jobId, record?.devices ?? []] as const);
  return {
    ...input,
    ...waiting,
    checkpointsSeen: 0,
    waitingBytes: queued.reduce(
      (waiting, { jobId, bytes, submittedBy }) => waiting.with(jobId, { bytes, client: clientOfToken(submittedBy) }),
      WaitingBytes.none,
    ),
    running: running.map(({ jobId }) => jobId),
    pending: running.flatMap(({ jobId, record }) => (record && isBegun(record) ? [] : [jobId])),
    withdrawn: [],
    devices: pools && Devices.of(pools, owned),
    passed: new Map(),
    inFlight: ChangesInFlight.none,
    stops: new Map(stopped.map((jobId) => [jobId, { isWritten: true, reply: null }])),
    deferred: [],
    unwritten: [],
    catchingUp: false,
    saving: 0,
    unlaunched: [],
    trying: null,
    looks: 0,
    journalFault: null,
    registry: new JobRegistry({
      restored,
      scheduler: self,
      board: input.board,
      find: input.journal.find,
      findContent: input.journal.findContent,
      monotonic: input.monotonic,
    }),
  };
}

/** Whether the run of a running job is where it runs: that of the part which is run, of a split job. */
function isBegun({ run, parts }: JobRecord): boolean {
  return run !== null && (run.part === undefined || run.part === parts.length + 1) && isPlaced(run);
}

/** Whether it is known where a run runs: by its handle, as of one on this machine, or by its engine. */
export const isPlaced = ({ handle, place }: LaunchedRun): boolean =>
  typeof handle['node'] === 'string' || (place !== undefined && place.node !== '');

function restoredQueue(
  queued: readonly StoredJob[],
  running: readonly StoredJob[],
  { pools, isFair }: Pick<SchedulerOptions, 'pools' | 'isFair'>,
): JobQueue {
  const names = (pools ?? []).map(({ name }) => name);
  const waiting = queued.map(({ submittedBy: caller, ...job }) => ({ ...job, caller }));
  const served = new Set(running.map(({ submittedBy }) => submittedBy));
  return JobQueue.of(waiting, { pools: names.length === 0 ? [ONLY_POOL] : names, isFair }, served);
}

/** The state of a job: of one that waits or runs by the books, of one that has ended by its row. Undefined if it is not known. */
export function statusOf({ queue, running, journal }: SchedulerContext, jobId: string): JobStatus | undefined {
  if (queue.has(jobId)) return 'queued';
  return running.includes(jobId) ? 'running' : journal.find(jobId)?.status;
}

/** Whether the chart of jobs lets a job take an event now. */
export function isAllowed(context: SchedulerContext, jobId: string, event: JobEvent): boolean {
  const status = statusOf(context, jobId);
  return status !== undefined && allows(status, event);
}

/** @throws when the chart of jobs forbids what was decided: nothing of it reaches the disk. */
export function expectAllowed(context: SchedulerContext, transition: Transition): void {
  const event = jobEventOf(transition);
  if (event === null || isAllowed(context, transition.jobId, event)) return;
  throw new Error(`job ${transition.jobId} cannot take ${event.type} now`);
}

/** Jobs that wait or are about to. */
export function waitingJobs({ queue, inFlight }: SchedulerContext): number {
  return queue.size + inFlight.submissions;
}

/** Checkpoints that are looked for at a time. */
const MOST_SEEN = 256;

/** The checkpoints of the next look: of many, those that were not looked for the longest. */
export function checkpointsToSee({ holds, checkpointsSeen }: SchedulerContext) {
  return holds.checkpointsFrom(checkpointsSeen, MOST_SEEN);
}

/** The job that can never start and of which nothing is under way: one that had to complete before it did not. Undefined: none. */
export function nextDoomed({ holds, inFlight }: SchedulerContext) {
  return holds.doomed((jobId) => inFlight.has(jobId));
}

/** The job that was submitted with the key of a new one. */
export function knownJob({ journal }: SchedulerContext, { idempotency }: NewJob): ReturnType<Journal['findByKey']> {
  return idempotency === null ? undefined : journal.findByKey(idempotency.key);
}

/** Whether another submission with the key of a new one is under way. */
export function isKeyInFlight({ inFlight }: SchedulerContext, { idempotency }: NewJob): boolean {
  return idempotency !== null && inFlight.hasKey(idempotency.key);
}
