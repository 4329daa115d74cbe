import { randomUUID } from 'node:crypto';
import { type Actor, createActor, waitFor } from 'xstate';
import type { JobPage, Journal, Transition } from '../journal/contract.ts';
import { createHistory } from '../journal/history.ts';
import type { Runs } from '../runner/contract.ts';
import type { Device } from '../schemas/engine.ts';
import { EvaldError } from '../schemas/errors.ts';
import type { EvaluateRequest } from '../schemas/evaluateRequest.ts';
import type { JobInfo } from '../schemas/job.ts';
import { noOptions } from '../schemas/jobOptions.ts';
import type { LiveStates } from '../schemas/machines.ts';
import { maskedNames, splitSecrets } from '../schemas/secretRequest.ts';
import { reasonOf } from '../thrown.ts';
import { createBoard } from './board.ts';
import { Expectations } from './expectations.ts';
import type { Added, CancelResult, JobDetails, QueueStats, RetryDetails, StopResult } from './jobCommands.ts';
import { defaultOptions, type JobSchedulerDependencies, type JobSchedulerOptions } from './jobSchedulerOptions.ts';
import { JobViews } from './jobViews.ts';
import { ownKey } from './ownKey.ts';
import { closed, notEnded, secretsGone, unwritable } from './refusals.ts';
import { tasksWithoutResults } from './retries.ts';
import { schedulerMachine } from './scheduler.ts';
import type { Answer } from './schedulerEvents.ts';
import { isShutDown } from './shutdown.ts';
import { createTransitionFeed, type TransitionListener } from './transitionFeed.ts';
import { refuseUnfit } from './unfit.ts';
import { shareOf } from './waitingBytes.ts';

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
  readonly #views: JobViews;
  readonly #journal: Journal;
  readonly #runs: Runs;
  readonly #now: () => number;
  readonly #onProblem: (message: string) => void;
  readonly #admit: (request: EvaluateRequest) => void;
  readonly #tempDirPrefix: string;
  readonly #pruneHistory: () => Promise<void>;
  readonly #stopping = new AbortController();
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
      monotonic = () => journal.monotonic(),
      onTransition = () => {},
      onProblem = () => {},
      onFatal = onProblem,
      admit = () => {},
      blockedBy = null,
    } = dependencies;
    const { tempDirPrefix, history, ...given } = { ...defaultOptions, ...options };
    this.#now = now;
    this.#onProblem = onProblem;
    this.#admit = admit;
    this.#journal = journal;
    this.#runs = runs;
    this.#tempDirPrefix = tempDirPrefix;
    const undeletable = new Map<string, string>();
    const pruneHistory = createHistory(journal, (job) => runs.discard(job), history, monotonic, {
      onForgotten: (jobIds) => {
        for (const jobId of jobIds) undeletable.delete(jobId);
        this.#actor.send({ type: 'history.forgotten', jobIds });
      },
      onStuck: (jobId, reason) => undeletable.set(jobId, reason),
      onProblem,
      signal: this.#stopping.signal,
    });
    this.#pruneHistory = pruneHistory;
    const restored = journal.restore(given.maxCompletedJobs);
    const paused = journal.setting('paused') === true;
    const expectations = new Expectations(journal);
    const board = createBoard();
    const told = (transition: Transition) => {
      if (transition.type === 'completed') expectations.forget();
      onTransition(transition);
    };
    this.#actor = createActor(schedulerMachine, {
      id: 'scheduler',
      input: {
        ...given,
        runs,
        journal,
        now,
        monotonic,
        onTransition: told,
        onProblem,
        pruneHistory,
        restored,
        paused,
        blockedBy,
        board,
      },
      ...(clock && { clock }),
      ...(inspect && { inspect }),
    });
    this.#views = new JobViews({ actor: this.#actor, board, journal, runs, expectations, undeletable });
    this.observeTransitions = createTransitionFeed(this.#actor, { now, onProblem });
    this.#actor.subscribe({ error: (error) => onFatal(`the scheduler failed: ${error}`) });
  }

  /** Starts to take jobs and to run them. */
  async start(): Promise<void> {
    this.#actor.start();
    this.#pruneHistory().catch((error) => this.#onProblem(`the history could not be pruned: ${error}`));
  }

  /**
   * Takes no more jobs and resolves when the scheduler has ended and the journal holds all that happened.
   * @param runs `stop`: what runs is ended with grace, and its jobs fail as `interrupted`; no process is left. What has not
   * begun, and waits in an engine, is taken back, for the next scheduler with this journal to launch, first of all.
   * `leave`: it goes on, and the next scheduler with this journal picks it up.
   */
  async stop(runs: 'stop' | 'leave' = 'stop'): Promise<void> {
    this.#stopping.abort();
    this.#actor.send({ type: 'scheduler.shutdown', runs });
    await waitFor(this.#actor, (snapshot) => isShutDown(snapshot, runs));
    this.#actor.stop();
  }

  /**
   * Queues an evaluation. It is on disk when this resolves. Credentials in its `model_args` are kept apart, for its run
   * alone, until it has ended.
   * @returns its id, how many jobs are ahead of it, from 0, what was odd about it, and whether it is the job of an earlier
   * submission: then the position is null when it no longer waits.
   * @throws EvaldError `notAllowed`, `queueFull`, `intakeClosed`, `keyReused`, or UnfitError; then nothing was changed.
   */
  async addJob(sent: EvaluateRequest, details: Partial<JobDetails> = {}): Promise<Added> {
    this.#admit(sent);
    const { warnings: given = [], options = noOptions, retryOf = null, who = null } = details;
    const idempotency = ownKey(details.idempotency ?? null, who);
    // What was acknowledged under a key is answered again, whatever the server is like by now.
    const isKnown = idempotency !== null && this.#journal.findByKey(idempotency.key) !== undefined;
    if (!isKnown) refuseUnfit(this.#runs, this.#context.devices, sent, options);
    const jobId = randomUUID();
    const folderName = this.#tempDirPrefix + jobId;
    const found = isKnown ? [] : await this.#runs.check({ jobId, request: sent, folderName });
    const warnings = [...new Set([...given, ...found])];
    const createdAt = this.#now();
    const { request, secrets } = splitSecrets(sent);
    const about = { warnings, folderName, idempotency, options, retryOf, submittedBy: who };
    const job = { jobId, request, createdAt, ...about };
    const share = shareOf(job, secrets, details.client ?? null);
    const answer = await this.#ask((reply) => this.#actor.send({ type: 'job.submit', job, share, secrets, reply }));
    if (!answer.accepted) throw new EvaldError(answer.code, answer.message);
    const { position, repeated } = answer;
    const kept = repeated ? this.#views.record(answer.jobId)?.warnings : undefined;
    return { jobId: answer.jobId, position, repeated, warnings: kept ?? warnings };
  }

  /**
   * Queues the request of a job that has ended again, with its options; the two are linked.
   * @throws EvaldError `jobNotFound`, `jobNotEnded`, `nothingMissing`, `secretsGone`, or as `addJob`.
   */
  async retryJob(jobId: string, details: Partial<RetryDetails> = {}): Promise<Added> {
    const { missing = false, ...by } = details;
    const record = this.#views.record(jobId);
    if (record === undefined) throw new EvaldError('jobNotFound', `Job ${jobId} not found`);
    if (record.endedAt === null) throw notEnded(jobId, record.status);
    const { request, options, warnings } = record;
    const masked = maskedNames(request);
    if (masked !== null) throw secretsGone(jobId, masked);
    const tasks = missing ? tasksWithoutResults(record) : request.tasks;
    if (tasks.length === 0) throw new EvaldError('nothingMissing', `Job ${jobId} has results for every task`);
    return this.addJob({ ...request, tasks }, { options, warnings, retryOf: jobId, ...by });
  }

  /**
   * Ends a running job: it fails as `stopped` when no process of it is left. The message is for the client.
   * @param who name of the token by which it is asked for; null where none is needed.
   */
  async stopJob(jobId: string, who: string | null = null): Promise<StopResult> {
    const answer = await this.#ask((reply) => this.#actor.send({ type: 'job.stop', jobId, who, reply }));
    return answer.accepted
      ? { stopping: true, message: `Job ${jobId} is being stopped` }
      : { stopping: false, code: answer.code, message: answer.message };
  }

  /**
   * Changes the priority of a job that waits: within the new one it stands where it came. On disk when it resolves.
   * @param who name of the token by which it is asked for; null where none is needed.
   * @returns how many jobs are ahead of it now, from 0.
   * @throws EvaldError `jobNotFound`, `jobNotQueued`, `intakeClosed`; then nothing was changed.
   */
  async reprioritiseJob(jobId: string, priority: number, who: string | null = null): Promise<number | null> {
    const answer = await this.#ask((reply) =>
      this.#actor.send({ type: 'job.reprioritise', jobId, priority, who, reply }),
    );
    if (!answer.accepted) throw new EvaldError(answer.code, answer.message);
    return answer.position;
  }

  /** Starts nothing more until `resumeQueue`, also after a restart; what runs goes on. @throws EvaldError `intakeClosed`. */
  async pauseQueue(): Promise<void> {
    await this.#savePaused(true);
    this.#actor.send({ type: 'queue.pause' });
  }

  /** Starts what waits again. @throws EvaldError `intakeClosed`. */
  async resumeQueue(): Promise<void> {
    await this.#savePaused(false);
    this.#actor.send({ type: 'queue.resume' });
  }

  /** A job; undefined if it is not known. O(log n). */
  getJob(jobId: string): JobInfo | undefined {
    const record = this.#views.record(jobId);
    return record && this.#views.show(record);
  }

  /** The same as JSON, at less cost for who asks again. */
  getJobText(jobId: string): string | undefined {
    return this.#views.text(jobId);
  }

  /** The same under the name of the original. */
  getJobWithPosition(jobId: string): JobInfo | undefined {
    return this.getJob(jobId);
  }

  /** A page of the jobs that are kept, and the cursor of the next one; null at the end. */
  listJobs(page: JobPage): { jobs: JobInfo[]; next: number | null } {
    return this.#views.list(page);
  }

  /**
   * Takes back a job that waits. The message is for the client, in the original server's words.
   * @param who name of the token by which it is asked for; null where none is needed.
   */
  async cancelJob(jobId: string, who: string | null = null): Promise<CancelResult> {
    const answer = await this.#ask((reply) => this.#actor.send({ type: 'job.cancel', jobId, who, reply }));
    return answer.accepted
      ? { cancelled: true, message: `Job ${jobId} cancelled` }
      : { cancelled: false, code: answer.code, message: answer.message };
  }

  /** Whether nothing is started until `resumeQueue`. */
  isPaused(): boolean {
    return this.#views.isPaused();
  }

  /** Why nothing is started though it should be, by a fault of the server or of its engine; null: nothing hinders it. */
  getBlocked(): string | null {
    return this.#views.blockedBy();
  }

  /** The queue and the counts: the same object until one of them changes. O(queue) for the list of ids, once a change. */
  getQueueStats(): QueueStats {
    return this.#views.queueStats();
  }

  /** How many jobs wait and run, and why the server takes none, if so. O(1). */
  getHealth(): { queued: number; running: number; degraded: string | null } {
    return this.#views.health();
  }

  /** The states of the scheduler and of every runner, and how many jobs are in each state. O(running). */
  getLiveStates(): LiveStates {
    return this.#views.liveStates();
  }

  /** The devices that are handed out, and whose they are; null: none are. */
  getDevices(): Device[] | null {
    return this.#views.devices();
  }

  /** Lets finished jobs beyond those that stay live go. It happens by itself whenever a job ends. @returns how many. */
  cleanupOldJobs(): Promise<number> {
    const keep = this.#context.maxCompletedJobs;
    if (this.#actor.getSnapshot().status !== 'active') return Promise.resolve(0);
    return new Promise((reply) => this.#actor.send({ type: 'history.prune', keep, reply }));
  }

  async #savePaused(isPaused: boolean): Promise<void> {
    await this.#journal.saveSetting('paused', isPaused).catch((error) => {
      throw new EvaldError('intakeClosed', unwritable(reasonOf(error)).message);
    });
  }

  get #context() {
    return this.#actor.getSnapshot().context;
  }

  #ask(send: (reply: (answer: Answer) => void) => void): Promise<Answer> {
    // An actor that has stopped takes nothing, and would never answer.
    if (this.#actor.getSnapshot().status !== 'active') return Promise.resolve(closed);
    return new Promise((resolve) => send(resolve));
  }
}
