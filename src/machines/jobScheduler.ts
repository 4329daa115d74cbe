import { randomUUID } from 'node:crypto';
import { type Actor, type ActorOptions, createActor, waitFor } from 'xstate';
import { EvaldError } from '../schemas/errors.ts';
import type { EvaluateRequest } from '../schemas/evaluateRequest.ts';
import type { JobInfo } from '../schemas/job.ts';
import { type Board, createBoard } from './board.ts';
import { jobInfo } from './jobInfo.ts';
import { schedulerMachine } from './scheduler.ts';
import type { SchedulerDependencies, SchedulerOptions } from './schedulerContext.ts';
import type { Answer, Refusal } from './schedulerEvents.ts';

/** What a scheduler is made of; the board is its own, and time and listeners have defaults. */
export type JobSchedulerDependencies = Pick<SchedulerDependencies, 'runs' | 'journal'> &
  Partial<Pick<SchedulerDependencies, 'now' | 'onTransition' | 'onProblem'>> &
  Pick<ActorOptions<typeof schedulerMachine>, 'clock' | 'inspect'>;

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

const defaults: SchedulerOptions = {
  slots: 1,
  maxQueue: 100_000,
  maxCompletedJobs: 100,
  tempDirPrefix: 'lmms_eval_',
  grace: 10_000,
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
  readonly #now: () => number;

  constructor(dependencies: JobSchedulerDependencies, options: Partial<SchedulerOptions> = {}) {
    const { clock, inspect, now = Date.now, onTransition = () => {}, onProblem = () => {}, ...given } = dependencies;
    this.#now = now;
    this.#actor = createActor(schedulerMachine, {
      id: 'scheduler',
      input: { ...defaults, ...options, ...given, now, onTransition, onProblem, board: this.#board },
      ...(clock && { clock }),
      ...(inspect && { inspect }),
    });
    this.#actor.subscribe({ error: (error) => onProblem(`the scheduler failed: ${error}`) });
  }

  /** Starts to take jobs and to run them. */
  async start(): Promise<void> {
    this.#actor.start();
  }

  /**
   * Takes no more jobs, ends what runs (with grace), and resolves when no process is left. Jobs that ran end as
   * `failed`, kind `interrupted`.
   */
  async stop(): Promise<void> {
    this.#actor.send({ type: 'scheduler.shutdown' });
    await waitFor(this.#actor, ({ context: { running, inFlight } }) => running.length === 0 && inFlight.size === 0);
    this.#actor.stop();
  }

  /**
   * Queues an evaluation.
   * @param warnings what was odd about the request; shown with the job.
   * @returns its id, and how many jobs are ahead of it, from 0.
   * @throws EvaldError `queueFull` or `intakeClosed`; then nothing was changed.
   */
  async addJob(
    request: EvaluateRequest,
    warnings: readonly string[] = [],
  ): Promise<{ jobId: string; position: number }> {
    const jobId = randomUUID();
    const job = { jobId, request, createdAt: this.#now(), warnings: [...warnings] };
    const answer = await this.#ask((reply) => this.#actor.send({ type: 'job.submit', job, reply }));
    if (!answer.accepted) throw new EvaldError(answer.code, answer.message);
    return { jobId, position: answer.position ?? 0 };
  }

  /** A job, without its position; undefined if it is not known. */
  getJob(jobId: string): JobInfo | undefined {
    const job = this.#context.roster.get(jobId);
    return job && jobInfo(job, null);
  }

  /** A job with the number of jobs ahead of it; undefined if it is not known. O(log n). */
  getJobWithPosition(jobId: string): JobInfo | undefined {
    const { roster, queue } = this.#context;
    const job = roster.get(jobId);
    return job && jobInfo(job, queue.position(jobId));
  }

  /** Takes back a job that waits. The message is for the client, in the original server's words. */
  async cancelJob(jobId: string): Promise<CancelResult> {
    const at = this.#now();
    const answer = await this.#ask((reply) => this.#actor.send({ type: 'job.cancel', jobId, at, reply }));
    return answer.accepted
      ? { cancelled: true, message: `Job ${jobId} cancelled` }
      : { cancelled: false, code: answer.code, message: answer.message };
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
      ? 'the journal cannot be written'
      : snapshot.matches({ intake: 'closed' })
        ? 'the server is shutting down'
        : null;
    return { queued: counts.queued, running: counts.running, degraded };
  }

  /** Forgets the finished jobs beyond those that stay. It happens by itself whenever a job ends. @returns how many. */
  cleanupOldJobs(): Promise<number> {
    const keep = this.#context.maxCompletedJobs;
    return new Promise((reply) => this.#actor.send({ type: 'history.prune', keep, reply }));
  }

  get #context() {
    return this.#actor.getSnapshot().context;
  }

  #ask(send: (reply: (answer: Answer) => void) => void): Promise<Answer> {
    return new Promise((resolve) => send(resolve));
  }
}
