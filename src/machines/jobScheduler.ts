import { randomUUID } from 'node:crypto';
import { type Actor, type ActorOptions, createActor, waitFor } from 'xstate';
import type { Journal } from '../journal/contract.ts';
import { createHistory, daysToAge, type HistoryLimits } from '../journal/history.ts';
import type { Runs } from '../runner/contract.ts';
import { EvaldError } from '../schemas/errors.ts';
import type { EvaluateRequest } from '../schemas/evaluateRequest.ts';
import type { JobInfo, NewJob } from '../schemas/job.ts';
import type { LiveStates } from '../schemas/machines.ts';
import { type Board, createBoard } from './board.ts';
import { jobInfo } from './jobInfo.ts';
import { liveStates } from './liveStates.ts';
import { closed, stopRefusal } from './refusals.ts';
import { schedulerMachine } from './scheduler.ts';
import type { SchedulerDependencies, SchedulerOptions } from './schedulerContext.ts';
import type { Answer, Refusal } from './schedulerEvents.ts';
import { createTransitionFeed, type TransitionListener } from './transitionFeed.ts';

/** What a scheduler is made of; time and listeners have defaults. */
export type JobSchedulerDependencies = {
  runs: Runs;
  journal: Journal;
} & Partial<Pick<SchedulerDependencies, 'now' | 'onTransition' | 'onProblem'>> &
  Pick<ActorOptions<typeof schedulerMachine>, 'clock' | 'inspect'>;

export type JobSchedulerOptions = SchedulerOptions & {
  /** Start of the names of the runs' own folders; the job id follows. */
  tempDirPrefix: string;
  /** How much is kept of finished jobs that are no longer live. */
  history: HistoryLimits;
};

/** A key that a client chose for a submission, so that sending it again does not submit again. */
export type Idempotency = NonNullable<NewJob['idempotency']>;

export type QueueStats = {
  /** Ids of the jobs that wait, in the order in which they will start. */
  queued: string[];
  completed: number;
  failed: number;
  cancelled: number;
  /** The oldest running job. */
  runningJob: string | null;
  /** All running jobs, the oldest first. */
  runningJobs: string[];
};

export type CancelResult =
  | { cancelled: true; message: string }
  | { cancelled: false; code: Refusal['code']; message: string };

export type StopResult = { stopping: true } | { stopping: false; code: Refusal['code']; message: string };

const defaults: JobSchedulerOptions = {
  slots: 1,
  maxQueue: 100_000,
  maxCompletedJobs: 100,
  tempDirPrefix: 'lmms_eval_',
  grace: 10_000,
  history: { jobs: 10_000, age: daysToAge(90) },
};

/**
 * The library's face: queues evaluations and runs them, by default one at a time.
 *
 * Each method sends an event to the scheduler actor or reads a snapshot; there is no other way to touch a job.
 *
 * @example
 * const scheduler = new JobScheduler({ runs, journal }, { maxCompletedJobs: 500 });
 * await scheduler.start();
 * const { jobId } = await scheduler.addJob(request);
 */
export class JobScheduler {
  readonly #actor: Actor<typeof schedulerMachine>;
  readonly #board: Board = createBoard();
  readonly #journal: Journal;
  readonly #now: () => number;
  readonly #tempDirPrefix: string;
  readonly #pruneHistory: () => Promise<void>;
  /** Tells every transition of every machine from now on; costs nothing while nobody listens. @returns what ends it. */
  readonly observeTransitions: (listener: TransitionListener) => () => void;

  /** Reads back what an earlier server left in the journal; nothing is started yet. */
  constructor(dependencies: JobSchedulerDependencies, options: Partial<JobSchedulerOptions> = {}) {
    const {
      clock,
      inspect,
      runs,
      journal,
      now = Date.now,
      onTransition = () => {},
      onProblem = () => {},
    } = dependencies;
    const { tempDirPrefix, history, ...given } = { ...defaults, ...options };
    this.#now = now;
    this.#journal = journal;
    this.#tempDirPrefix = tempDirPrefix;
    const pruneHistory = createHistory(journal, runs.discard, history, now);
    this.#pruneHistory = pruneHistory;
    const restored = journal.restore(given.maxCompletedJobs);
    this.#actor = createActor(schedulerMachine, {
      id: 'scheduler',
      input: { ...given, runs, journal, now, onTransition, onProblem, pruneHistory, restored, board: this.#board },
      ...(clock && { clock }),
      ...(inspect && { inspect }),
    });
    this.observeTransitions = createTransitionFeed(this.#actor, { now, onProblem });
    this.#actor.subscribe({ error: (error) => onProblem(`the scheduler failed: ${error}`) });
  }

  /** Starts to take jobs and to run them. */
  async start(): Promise<void> {
    this.#actor.start();
    await this.#pruneHistory();
  }

  /**
   * Takes no more jobs and resolves when the scheduler has ended and the journal holds all that happened.
   * @param runs `stop`: what runs is ended with grace, and its jobs fail as `interrupted`; no process is left.
   * `leave`: it goes on, and the next scheduler with this journal picks it up.
   */
  async stop(runs: 'stop' | 'leave' = 'stop'): Promise<void> {
    this.#actor.send({ type: 'scheduler.shutdown', runs });
    await waitFor(this.#actor, ({ context }) => {
      const isRecorded = (jobId: string) => context.roster.contextOf(jobId).run !== null;
      const isSettled = runs === 'stop' ? context.running.length === 0 : context.running.every(isRecorded);
      return isSettled && context.inFlight.size === 0;
    });
    this.#actor.stop();
  }

  /**
   * Queues an evaluation. It is on disk when this resolves.
   * @param warnings what was odd about the request; shown with the job.
   * @param idempotency a key: when a job was submitted with it before, that job is answered and nothing is queued.
   * @returns its id, how many jobs are ahead of it, from 0, and whether it is the job of an earlier submission: then the
   * position is null when it no longer waits.
   * @throws EvaldError `queueFull`, `intakeClosed` or `keyReused`; then nothing was changed.
   */
  async addJob(
    request: EvaluateRequest,
    warnings: readonly string[] = [],
    idempotency: Idempotency | null = null,
  ): Promise<Pick<Extract<Answer, { accepted: true }>, 'jobId' | 'position' | 'repeated'>> {
    const jobId = randomUUID();
    const folderName = this.#tempDirPrefix + jobId;
    const job = { jobId, request, createdAt: this.#now(), warnings: [...warnings], folderName, idempotency };
    const answer = await this.#ask((reply) => this.#actor.send({ type: 'job.submit', job, reply }));
    if (!answer.accepted) throw new EvaldError(answer.code, answer.message);
    return answer;
  }

  /** A job, without its position; undefined if it is not known. */
  getJob(jobId: string): JobInfo | undefined {
    return this.#jobInfo(jobId, null);
  }

  /** A job with the number of jobs ahead of it; undefined if it is not known. O(log n). */
  getJobWithPosition(jobId: string): JobInfo | undefined {
    return this.#jobInfo(jobId, this.#context.queue.position(jobId));
  }

  /** Takes back a job that waits. The message is for the client, in the original server's words. */
  async cancelJob(jobId: string): Promise<CancelResult> {
    const at = this.#now();
    const answer = await this.#ask((reply) => this.#actor.send({ type: 'job.cancel', jobId, at, reply }));
    return answer.accepted
      ? { cancelled: true, message: `Job ${jobId} cancelled` }
      : { cancelled: false, code: answer.code, message: answer.message };
  }

  /**
   * Ends the run of a job with grace; it then fails as `stopped`. Resolved by its end, not by this: a run may have ended
   * by itself meanwhile.
   */
  stopJob(jobId: string): StopResult {
    const event = { type: 'job.stop', jobId, reason: { kind: 'stopped' } } as const;
    const snapshot = this.#actor.getSnapshot();
    if (snapshot.status === 'active' && snapshot.can(event)) {
      this.#actor.send(event);
      return { stopping: true };
    }
    const { code, message } = snapshot.status === 'active' ? stopRefusal(snapshot.context, jobId) : closed;
    return { stopping: false, code, message };
  }

  /** Starts nothing more until {@link resumeQueue}; what runs goes on, and submissions are taken. */
  pauseQueue(): void {
    this.#actor.send({ type: 'queue.pause' });
  }

  /** Starts again what waits. */
  resumeQueue(): void {
    this.#actor.send({ type: 'queue.resume' });
  }

  /** The queue and the counts. O(queue) for the list of ids. */
  getQueueStats(): QueueStats {
    const { counts, running } = this.#board.getSnapshot().context;
    const { completed, failed, cancelled } = counts;
    return {
      queued: [...this.#context.queue],
      completed,
      failed,
      cancelled,
      runningJob: running[0] ?? null,
      runningJobs: [...running],
    };
  }

  /** How many jobs wait and run, and why the server takes none, if so. O(1). */
  getHealth(): { queued: number; running: number; degraded: string | null } {
    const { counts } = this.#board.getSnapshot().context;
    const snapshot = this.#actor.getSnapshot();
    const degraded = snapshot.matches({ intake: { closed: 'unwritable' } })
      ? `the journal cannot be written: ${snapshot.context.journalFault}`
      : snapshot.matches({ intake: 'closed' })
        ? 'the server is shutting down'
        : null;
    return { queued: counts.queued, running: counts.running, degraded };
  }

  /** The states of the scheduler and of every runner, and how many jobs are in each state. O(running). */
  getLiveStates(): LiveStates {
    return liveStates(this.#actor.getSnapshot(), this.#board.getSnapshot().context);
  }

  /** Lets finished jobs beyond those that stay live go. It happens by itself whenever a job ends. @returns how many. */
  cleanupOldJobs(): Promise<number> {
    const keep = this.#context.maxCompletedJobs;
    if (this.#actor.getSnapshot().status !== 'active') return Promise.resolve(0);
    return new Promise((reply) => this.#actor.send({ type: 'history.prune', keep, reply }));
  }

  get #context() {
    return this.#actor.getSnapshot().context;
  }

  #jobInfo(jobId: string, position: number | null): JobInfo | undefined {
    const live = this.#context.roster.get(jobId);
    if (live !== undefined) return jobInfo({ ...live.context, status: live.value }, position, live.context.progress);
    const stored = this.#journal.find(jobId);
    return stored && jobInfo(stored);
  }

  #ask(send: (reply: (answer: Answer) => void) => void): Promise<Answer> {
    // An actor that has stopped takes nothing, and would never answer.
    if (this.#actor.getSnapshot().status !== 'active') return Promise.resolve(closed);
    return new Promise((resolve) => send(resolve));
  }
}
