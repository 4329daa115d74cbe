import { type ActorRefFrom, type AnyActorRef, createActor } from 'xstate';
import type { Journal, StoredJob } from '../journal/contract.ts';
import type { JobStatus, NewJob } from '../schemas/job.ts';
import { type JobRecord, newRecord } from '../schemas/jobRecord.ts';
import type { Board } from './board.ts';
import { type JobContext, type JobEvent, jobMachine } from './job.ts';
import { RecentRecords } from './recentRecords.ts';

type JobActor = ActorRefFrom<typeof jobMachine>;
/** A job of which nothing is held but how to read it. */
type Sleeping = Pick<StoredJob, 'jobId' | 'status' | 'bytes' | 'read'>;
/** What is known of a job while it runs, and is on no disk. */
type Shown = Pick<JobContext, 'progress' | 'place'>;

/**
 * The live jobs. Only the scheduler holds it and changes it.
 *
 * A job is an actor while it runs. Before and after it sleeps: an actor that only waits does nothing that its row in the journal
 * could not, and a request may have a megabyte. Its record is read when it is asked for; those that were asked for last are kept.
 *
 * Actors are not made with `spawnChild`: that copies all children each time (15 ms at 20,000 jobs). They belong to the
 * scheduler's system all the same. Nobody stops them: they have no timers and no children, so that forgetting one is
 * enough.
 */
export class Roster {
  readonly #board: Board;
  readonly #scheduler: AnyActorRef | undefined;
  readonly #jobs = new Map<string, JobActor | Sleeping>();
  readonly #records = new RecentRecords();
  readonly #find: Journal['find'];
  /** Ids of jobs in a final state, the first ended first. */
  readonly #finished = new Set<string>();
  /** What was shown last of finished jobs. */
  readonly #shown = new Map<string, Shown>();
  /** When the progress of a running job was reported last, by a monotonic clock. */
  readonly #progressAt = new Map<string, number>();
  readonly #monotonic: () => number;

  /**
   * @param find reads the record of a job that was acknowledged.
   * @param scheduler whose system the jobs that are woken join; without one, each is a system of its own.
   * @param monotonic milliseconds since a fixed moment.
   */
  constructor(
    board: Board,
    stored: readonly StoredJob[],
    find: Journal['find'],
    scheduler?: AnyActorRef,
    monotonic: () => number = () => performance.now(),
  ) {
    this.#board = board;
    this.#find = find;
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
    const kept = this.#records.get(jobId);
    if (kept !== undefined) return kept;
    const read = job.read();
    // The journal may be ahead: what it has written is applied next.
    const record = read && (job.status === 'queued' ? newRecord(read) : read);
    if (record !== undefined) this.#records.keep(jobId, record, job.bytes);
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

  /** What is known of a job beyond its record; undefined until something has happened to it. */
  awake(jobId: string): Shown | undefined {
    const job = this.#jobs.get(jobId);
    return job === undefined || 'status' in job ? this.#shown.get(jobId) : job.getSnapshot().context;
  }

  /** Milliseconds since the progress of a running job was reported last; null when it never was. */
  progressAge(jobId: string): number | null {
    const at = this.#progressAt.get(jobId);
    return at === undefined ? null : this.#monotonic() - at;
  }

  /** Takes a job in that was just acknowledged. @param bytes of its submission as JSON. */
  admit(job: NewJob, bytes = 0): void {
    this.#sleep(job.jobId, 'queued', bytes);
    this.#records.keep(job.jobId, newRecord(job), bytes);
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
    if (from !== to) this.#board.trigger.transitioned({ jobId, from, to });
    if (status === 'done') this.#finish(jobId, actor);
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

  #sleep(jobId: string, status: JobStatus, bytes: number): void {
    this.#jobs.set(jobId, { jobId, status, bytes, read: () => this.#find(jobId) });
  }

  #finish(jobId: string, actor: JobActor): void {
    const { value, context } = actor.getSnapshot();
    const { progress, place } = context;
    this.#progressAt.delete(jobId);
    this.#finished.add(jobId);
    if (progress !== null || place !== null) this.#shown.set(jobId, { progress, place });
    this.#sleep(jobId, value, JSON.stringify(context).length);
  }

  #drop(jobId: string): void {
    const from = this.statusOf(jobId);
    if (from === undefined) throw new Error(`job ${jobId} is not live`);
    this.#board.trigger.forgotten({ from });
    this.#finished.delete(jobId);
    this.#jobs.delete(jobId);
    this.#shown.delete(jobId);
    this.#records.delete(jobId);
  }

  #wake(jobId: string): JobActor | undefined {
    const job = this.#jobs.get(jobId);
    if (job === undefined || !('status' in job)) return job;
    // One that has ended does nothing more, and would tell the scheduler of its end again.
    const actor = started(this.contextOf(jobId), this.#finished.has(jobId) ? undefined : this.#scheduler);
    this.#jobs.set(jobId, actor);
    this.#records.delete(jobId);
    return actor;
  }
}

/** The actor of a job from its record, in the state that it says. */
function started({ status, ...input }: JobRecord, parent?: AnyActorRef): JobActor {
  const snapshot = jobMachine.resolveState({ value: status, context: { ...input, progress: null, place: null } });
  return createActor(jobMachine, { id: input.jobId, snapshot, input, ...(parent && { parent }) }).start();
}
