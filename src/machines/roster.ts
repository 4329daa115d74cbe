import { type ActorRefFrom, type AnyActorRef, createActor } from 'xstate';
import type { StoredJob } from '../journal/contract.ts';
import type { JobStatus, NewJob } from '../schemas/job.ts';
import { type JobRecord, newRecord } from '../schemas/jobRecord.ts';
import type { Board } from './board.ts';
import { type JobContext, type JobEvent, jobMachine } from './job.ts';

type JobActor = ActorRefFrom<typeof jobMachine>;

/**
 * The live jobs. Only the scheduler holds it and changes it.
 *
 * A job sleeps as its record until something happens to it: an actor that only waits does nothing that its record could
 * not, and takes 2 KB and 20 to 60 µs more. What was brought back from the journal sleeps as its row until someone asks
 * for it, so that a long queue does not delay a start.
 *
 * Actors are not made with `spawnChild`: that copies all children each time (15 ms at 20,000 jobs). They belong to the
 * scheduler's system all the same. Nobody stops them: they have no timers and no children, so that forgetting one is
 * enough.
 */
export class Roster {
  readonly #board: Board;
  readonly #scheduler: AnyActorRef | undefined;
  readonly #jobs = new Map<string, JobActor | JobRecord | StoredJob>();
  /** Ids of jobs in a final state, the first ended first. */
  readonly #finished = new Set<string>();
  /** When the progress of a running job was reported last, by a monotonic clock. */
  readonly #progressAt = new Map<string, number>();
  readonly #monotonic: () => number;

  /**
   * @param scheduler whose system the jobs that are woken join; without one, each is a system of its own.
   * @param monotonic milliseconds since a fixed moment.
   */
  constructor(
    board: Board,
    stored: readonly StoredJob[],
    scheduler?: AnyActorRef,
    monotonic: () => number = () => performance.now(),
  ) {
    this.#board = board;
    this.#scheduler = scheduler;
    this.#monotonic = monotonic;
    for (const job of stored) {
      this.#jobs.set(job.jobId, job);
      if (job.status !== 'queued' && job.status !== 'running') this.#finished.add(job.jobId);
      board.trigger.transitioned({ jobId: job.jobId, from: null, to: job.status });
    }
  }

  /** The state of a job; undefined if it is not live. */
  statusOf(jobId: string): JobStatus | undefined {
    const job = this.#jobs.get(jobId);
    return job === undefined || 'status' in job ? job?.status : job.getSnapshot().value;
  }

  /** What is known of a job; undefined if it is not live. */
  find(jobId: string): JobRecord | undefined {
    const job = this.#jobs.get(jobId);
    if (job === undefined || !('status' in job)) {
      const snapshot = job?.getSnapshot();
      return snapshot && { ...snapshot.context, status: snapshot.value };
    }
    if (!('read' in job)) return job;
    const record = job.read();
    this.#jobs.set(jobId, record);
    return record;
  }

  /**
   * The state of a job, and what is known of it: an object that stays the same until something happens to the job.
   * Undefined if it is not live.
   */
  live(jobId: string): { status: JobStatus; known: Omit<JobRecord, 'status'> } | undefined {
    const job = this.#jobs.get(jobId);
    if (job !== undefined && !('status' in job)) {
      const { value, context } = job.getSnapshot();
      return { status: value, known: context };
    }
    const record = this.find(jobId);
    return record && { status: record.status, known: record };
  }

  /** What is known of a live job. @throws when it is not live: the scheduler decided wrongly. */
  contextOf(jobId: string): JobRecord {
    const record = this.find(jobId);
    if (record === undefined) throw new Error(`job ${jobId} is not live`);
    return record;
  }

  /** What is known of a job that something has happened to, beyond its record too; undefined while it sleeps. */
  awake(jobId: string): JobContext | undefined {
    const job = this.#jobs.get(jobId);
    return job === undefined || 'status' in job ? undefined : job.getSnapshot().context;
  }

  /** Milliseconds since the progress of a running job was reported last; null when it never was. */
  progressAge(jobId: string): number | null {
    const at = this.#progressAt.get(jobId);
    return at === undefined ? null : this.#monotonic() - at;
  }

  /** Takes a job in that was just acknowledged. */
  admit(job: NewJob): void {
    this.#jobs.set(job.jobId, newRecord(job));
    this.#board.trigger.transitioned({ jobId: job.jobId, from: null, to: 'queued' });
  }

  /** Sends an event to a job. @throws when the job's chart does not allow it: the scheduler decided wrongly. */
  tell(jobId: string, event: JobEvent): void {
    const actor = this.#wake(jobId);
    if (!actor?.getSnapshot().can(event)) throw new Error(`job ${jobId} cannot take ${event.type} now`);
    const from = actor.getSnapshot().value;
    actor.send(event);
    const { value: to, status } = actor.getSnapshot();
    if (event.type === 'job.progress' && event.progress !== undefined) this.#progressAt.set(jobId, this.#monotonic());
    if (status === 'done') this.#progressAt.delete(jobId);
    if (from !== to) this.#board.trigger.transitioned({ jobId, from, to });
    if (status === 'done') this.#finished.add(jobId);
  }

  /** Forgets the finished jobs beyond the newest `keep`. @returns how many. */
  prune(keep: number): number {
    let forgotten = 0;
    for (const jobId of this.#finished) {
      if (this.#finished.size <= keep) break;
      this.#drop(jobId);
      forgotten++;
    }
    return forgotten;
  }

  /** Forgets finished jobs that are no longer in the journal. */
  forget(jobIds: readonly string[]): void {
    for (const jobId of jobIds) if (this.#finished.has(jobId)) this.#drop(jobId);
  }

  #drop(jobId: string): void {
    const from = this.statusOf(jobId);
    if (from === undefined) throw new Error(`job ${jobId} is not live`);
    this.#board.trigger.forgotten({ from });
    this.#finished.delete(jobId);
    this.#jobs.delete(jobId);
  }

  #wake(jobId: string): JobActor | undefined {
    const job = this.#jobs.get(jobId);
    if (job === undefined || !('status' in job)) return job;
    // One that has ended does nothing more, and would tell the scheduler of its end again.
    const actor = started(this.contextOf(jobId), this.#finished.has(jobId) ? undefined : this.#scheduler);
    this.#jobs.set(jobId, actor);
    return actor;
  }
}

/** The actor of a job from its record, in the state that it says. */
function started({ status, ...input }: JobRecord, parent?: AnyActorRef): JobActor {
  const snapshot = jobMachine.resolveState({ value: status, context: { ...input, progress: null, place: null } });
  return createActor(jobMachine, { id: input.jobId, snapshot, input, ...(parent && { parent }) }).start();
}
