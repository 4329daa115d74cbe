import { setImmediate } from 'node:timers/promises';
import { waitFor } from 'xstate';
import { createTransitionObserver, type TransitionListener } from '../machines/observeTransitions.ts';
import type { JobPage } from '../machines/ports/journal.ts';
import { closed, unwritable } from '../machines/scheduler/refusals.ts';
import type { Accepted, CommandAnswer } from '../machines/scheduler/schedulerEvents.ts';
import { isShutDown } from '../machines/scheduler/shutdown.ts';
import { showDryRun } from '../projections/dryRun.ts';
import { liveStates, type SchedulerHealth, schedulerHealth } from '../projections/health.ts';
import { type JobSources, showJob } from '../projections/job.ts';
import { type SchedulerMetrics, schedulerMetrics } from '../projections/metrics.ts';
import { deviceOwners, type QueueStats, queueStats } from '../projections/queue.ts';
import type { Device } from '../schemas/engine/engine.ts';
import { EvaldError } from '../schemas/errors/errors.ts';
import type { JobInfo } from '../schemas/job/job.ts';
import type { JobRecord } from '../schemas/job/jobRecord.ts';
import type { SchedulerStates } from '../schemas/server/machines.ts';
import type { DryRunAnswer } from '../schemas/submission/dryRun.ts';
import type { EvaluateRequest } from '../schemas/submission/evaluateRequest.ts';
import { type JobCommand, refusalNow } from './commandRefusals.ts';
import type { Import } from './importRuns.ts';
import type { Added, JobDetails, RetryDetails } from './jobCommands.ts';
import type { JobSchedulerDependencies, JobSchedulerOptions } from './jobSchedulerOptions.ts';
import { retryOf } from './retries.ts';
import { type SchedulerParts, schedulerParts } from './schedulerParts.ts';
import { createScoreReader, type ScoreReader } from './scores.ts';
import { createSearch, type Search } from './search.ts';
import { answerNow, checkSubmission, commandOf } from './submissions.ts';

/** Jobs that are brought back at a time: some milliseconds. */
const SLICE = 100;

/**
 * What the library offers: queues evaluations and runs them, by default one at a time.
 *
 * Each method sends an event to the scheduler actor or reads a snapshot; there is no other way to touch a job.
 *
 * @example
 * const scheduler = new JobScheduler({ runs, journal }, { maxCompletedJobs: 500 });
 * await scheduler.start();
 * const { jobId } = await scheduler.addJob(request);
 */
export class JobScheduler {
  readonly #parts: SchedulerParts;
  readonly #actor: SchedulerParts['actor'];
  readonly #search: Search;
  #restored = Promise.resolve();
  /** Reads the scores of jobs that completed, forgotten ones too, a part at a time. */
  readonly readScores: ScoreReader['scores'];
  /** Reads which tasks of the jobs that are kept have no score. */
  readonly readMissing: ScoreReader['missing'];
  /** Reports every transition of every machine from now on; costs nothing while there is no listener. @returns what ends it. */
  readonly observeTransitions: (listener: TransitionListener) => () => void;

  /** Reads back what an earlier server left in the journal; nothing is started yet. */
  constructor(dependencies: JobSchedulerDependencies, options: Partial<JobSchedulerOptions> = {}) {
    this.#parts = schedulerParts(dependencies, options);
    this.#actor = this.#parts.actor;
    this.#search = createSearch(dependencies.journal);
    const { scores, missing } = createScoreReader(dependencies.journal);
    this.readScores = scores;
    this.readMissing = missing;
    const { runs } = dependencies;
    const systems = [this.#actor, ...(runs.trackers ?? []).map(({ root }) => root)].map(({ system }) => system);
    this.observeTransitions = createTransitionObserver(systems, this.#parts);
  }

  /** Starts to take jobs and to run them. */
  async start(): Promise<void> {
    this.#actor.start();
    this.#restored = this.#restoreJobs();
    const { pruneHistory, onProblem } = this.#parts;
    pruneHistory().catch((error) => onProblem(`the history could not be pruned: ${error}`));
  }

  /** Resolves when each job of an earlier server is an actor again. It is answered about before, too. */
  whenRestored(): Promise<void> {
    return this.#restored;
  }

  /**
   * Takes no more jobs and resolves when the scheduler has ended and the journal holds all that happened.
   * @param runs `stop`: what runs is ended with grace, and its jobs fail as `interrupted`; no process is left. What has not
   * begun, and waits in an engine, is taken back, for the next scheduler with this journal to launch, first of all.
   * `leave`: it goes on, and the next scheduler with this journal picks it up.
   */
  async stop(runs: 'stop' | 'leave' = 'stop'): Promise<void> {
    this.#parts.stopping.abort();
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
    const submission = await checkSubmission(this.#parts, this.#context, sent, details);
    await details.order?.ready;
    const asked = this.#ask((reply) => this.#actor.send({ type: 'job.submit', ...submission, reply }));
    details.order?.passed();
    const { jobId, position, repeated } = await asked;
    const kept = repeated ? this.#record(jobId)?.warnings : undefined;
    return { jobId, position, repeated, warnings: kept ?? submission.job.warnings };
  }

  /**
   * Says what would come of a submission: it is checked as `addJob` checks it, nothing is queued and nothing written.
   * @throws as `addJob`.
   */
  async dryRunJob(sent: EvaluateRequest, details: Partial<JobDetails> = {}): Promise<DryRunAnswer> {
    const submission = await checkSubmission(this.#parts, this.#context, sent, details);
    const { command, warnings } = await commandOf(this.#parts, sent, submission.job.options);
    const answer = answerNow(this.#actor.getSnapshot(), submission);
    if (!answer.accepted) throw new EvaldError(answer.code, answer.message);
    const { job } = submission;
    const about = { repeats: answer.repeated ? answer.jobId : null, warnings: [...job.warnings, ...warnings] };
    return showDryRun(this.#sources, { job, command, ...about });
  }

  /**
   * Queues the request of a job that has ended again, with its options; the two are linked.
   * @throws EvaldError `jobNotFound`, `jobNotEnded`, `nothingMissing`, `secretsGone`, or as `addJob`.
   */
  async retryJob(jobId: string, details: Partial<RetryDetails> = {}): Promise<Added> {
    const { missing = false, ...by } = details;
    const { request, options, warnings } = retryOf(jobId, this.#record(jobId), missing);
    return this.addJob(request, { options, warnings, retryOf: jobId, ...by });
  }

  /**
   * Takes an earlier run into the record, as a completed job. It is on disk when this resolves.
   * @returns its id, and whether it is the job of an earlier import of the same. @throws EvaldError `intakeClosed`.
   */
  importRun(run: Import): Promise<Accepted> {
    return this.#ask((reply) => this.#actor.send({ type: 'job.import', ...run, reply }));
  }

  /**
   * Ends a running job: it fails as `stopped` when no process of it is left. The request is on disk when this resolves.
   * @param who as of `cancelJob`. @throws EvaldError `jobNotFound`, `jobQueued`, `jobFinished`, `intakeClosed`.
   */
  async stopJob(jobId: string, who: string | null = null): Promise<void> {
    await this.#ask((reply) => this.#actor.send({ type: 'job.stop', jobId, who, reply }));
  }

  /**
   * Changes the priority of a job that waits: within the new one it stands where it came. On disk when it resolves.
   * @param who as of `cancelJob`. @returns how many jobs are ahead of it now, from 0.
   * @throws EvaldError `jobNotFound`, `jobNotQueued`, `intakeClosed`; then nothing was changed.
   */
  async reprioritiseJob(jobId: string, priority: number, who: string | null = null): Promise<number | null> {
    const command = { type: 'job.reprioritise', jobId, priority, who } as const;
    return (await this.#ask((reply) => this.#actor.send({ ...command, reply }))).position;
  }

  /** Starts nothing more until `resumeQueue`, also after a restart; what runs goes on. @throws EvaldError `intakeClosed`. */
  async pauseQueue(): Promise<void> {
    await this.#askQueue('queue.pause');
  }

  /** Starts what waits again. @throws EvaldError `intakeClosed`. */
  async resumeQueue(): Promise<void> {
    await this.#askQueue('queue.resume');
  }

  /** A job; undefined if it is not known. O(log n). */
  getJob(jobId: string): JobInfo | undefined {
    const record = this.#record(jobId);
    return record && showJob(this.#sources, record);
  }

  /** The same under the name of the original. */
  getJobWithPosition(jobId: string): JobInfo | undefined {
    return this.getJob(jobId);
  }

  /**
   * A page of the jobs that are kept, and the cursor of the next one; null at the end. One with `texts` takes some
   * milliseconds, and may have fewer jobs than there are: `searchJobs` goes on.
   */
  listJobs(page: JobPage): { jobs: JobInfo[]; next: number | null } {
    const { jobs, next } = this.#parts.journal.list(page);
    return { jobs: this.#show(jobs), next };
  }

  /** The same, going through all jobs for `texts`: for less than a second, after which `next` goes on. */
  async searchJobs(page: JobPage): Promise<{ jobs: JobInfo[]; next: number | null }> {
    const { jobs, next } = await this.#search(page);
    return { jobs: this.#show(jobs), next };
  }

  /**
   * Takes back a job that waits. On disk when it resolves.
   * @param who name of the token by which it is asked for; null where none is needed.
   * @throws EvaldError `jobNotFound`, `jobRunning`, `jobFinished`, in the original server's words, or `intakeClosed`; then
   * nothing was changed.
   */
  async cancelJob(jobId: string, who: string | null = null): Promise<void> {
    await this.#ask((reply) => this.#actor.send({ type: 'job.cancel', jobId, who, reply }));
  }

  /** Why a command would be refused now; null: it would be done. Changes nothing. */
  refusalOf(jobId: string, command: JobCommand): EvaldError | null {
    return refusalNow(this.#actor.getSnapshot(), jobId, this.#record(jobId), command);
  }

  /** Whether nothing is started until `resumeQueue`. */
  isPaused(): boolean {
    return this.#context.paused;
  }

  /** Why nothing is started though it should be, by a fault of the server or of its engine; null: nothing hinders it. */
  getBlocked(): string | null {
    return this.#context.blockedBy;
  }

  /** The queue and the counts. O(queue) for the list of ids, once a change. */
  getQueueStats(): QueueStats {
    return queueStats(this.#context, this.#counts);
  }

  /** How many jobs wait and run, and why the server takes none, if so. O(1). */
  getHealth(): SchedulerHealth {
    return schedulerHealth(this.#actor.getSnapshot(), this.#counts, this.#parts.journal);
  }

  /** What is measured of the queue now. One row is read; O(devices). */
  getMetrics(): SchedulerMetrics {
    return schedulerMetrics(this.#actor.getSnapshot(), this.#counts, this.#parts.journal);
  }

  /** The states of the scheduler and of every runner, and how many jobs are in each state. O(running). */
  getLiveStates(): SchedulerStates {
    return liveStates(this.#actor.getSnapshot(), this.#counts, this.#parts.runs.trackers ?? []);
  }

  /** The devices that are handed out, and whose they are; null: none are. */
  getDevices(): Device[] | null {
    return deviceOwners(this.#context);
  }

  /** Lets finished jobs beyond those that stay live go. It happens by itself whenever a job ends. @returns how many. */
  cleanupOldJobs(): Promise<number> {
    const keep = this.#context.maxCompletedJobs;
    if (this.#actor.getSnapshot().status !== 'active') return Promise.resolve(0);
    return new Promise((reply) => this.#actor.send({ type: 'history.prune', keep, reply }));
  }

  async #askQueue(type: 'queue.pause' | 'queue.resume'): Promise<void> {
    if (this.#actor.getSnapshot().status !== 'active') throw new EvaldError(closed.code, closed.message);
    const fault = await new Promise<string | null>((reply) => this.#actor.send({ type, reply }));
    if (fault !== null) throw new EvaldError('intakeClosed', unwritable(fault).message);
  }

  /** Brings the jobs of an earlier server back as actors, some at a time: requests come between. */
  async #restoreJobs(): Promise<void> {
    for (let isMore = true; isMore; ) {
      await setImmediate();
      if (this.#actor.getSnapshot().status !== 'active') return;
      isMore = await new Promise<boolean>((reply) => this.#actor.send({ type: 'jobs.restore', most: SLICE, reply }));
    }
  }

  /** A job as it is on record; undefined if it is not known. */
  #record(jobId: string): JobRecord | undefined {
    return this.#context.registry.record(jobId) ?? this.#parts.journal.find(jobId);
  }

  #show(records: readonly JobRecord[]): JobInfo[] {
    const sources = this.#sources;
    return records.map((record) => showJob(sources, record));
  }

  get #sources(): JobSources {
    return { ...this.#parts, snapshot: this.#actor.getSnapshot() };
  }

  get #counts() {
    return this.#parts.board.getSnapshot().context;
  }

  get #context() {
    return this.#actor.getSnapshot().context;
  }

  /** Sends a command. @throws EvaldError when it is refused. */
  async #ask(send: (reply: (answer: CommandAnswer) => void) => void): Promise<Accepted> {
    // An actor that has stopped takes nothing, and would never answer.
    const isActive = this.#actor.getSnapshot().status === 'active';
    const answer = isActive ? await new Promise(send) : closed;
    if (!answer.accepted) throw new EvaldError(answer.code, answer.message);
    return answer;
  }
}
