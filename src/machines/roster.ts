import { type ActorRefFrom, type AnyActorRef, createActor, type SnapshotFrom } from 'xstate';
import type { StoredJob } from '../journal/contract.ts';
import type { JobStatus, NewJob } from '../schemas/job.ts';
import { type JobRecord, newRecord } from '../schemas/jobRecord.ts';
import type { Board } from './board.ts';
import { type JobEvent, jobMachine } from './job.ts';

type JobActor = ActorRefFrom<typeof jobMachine>;
type JobSnapshot = SnapshotFrom<typeof jobMachine>;

/**
 * The live job actors. Only the scheduler holds it and changes it.
 *
 * They are not made with `spawnChild`: that copies all children at each submission (15 ms at 20,000 jobs). They belong
 * to the scheduler's system all the same. Nobody stops them: they have no timers and no children, so that forgetting
 * one is enough. A job that was brought back from the journal sleeps as its row until someone asks for it, so that a
 * long queue does not delay a start.
 */
export class Roster {
  readonly #board: Board;
  readonly #scheduler: AnyActorRef | undefined;
  readonly #jobs = new Map<string, JobActor | StoredJob>();
  /** Ids of jobs in a final state, the first ended first. */
  readonly #finished = new Set<string>();

  /** @param scheduler whose system the jobs that are woken join; without one, each is a system of its own. */
  constructor(board: Board, stored: readonly StoredJob[], scheduler?: AnyActorRef) {
    this.#board = board;
    this.#scheduler = scheduler;
    for (const job of stored) {
      this.#jobs.set(job.jobId, job);
      if (job.status !== 'queued' && job.status !== 'running') this.#finished.add(job.jobId);
      board.trigger.transitioned({ jobId: job.jobId, from: null, to: job.status });
    }
  }

  /** What is known of a job; undefined if it is not live. */
  get(jobId: string): JobSnapshot | undefined {
    return this.#wake(jobId)?.getSnapshot();
  }

  /** What is known of a live job. @throws when it is not live: the scheduler decided wrongly. */
  contextOf(jobId: string): JobSnapshot['context'] {
    const snapshot = this.get(jobId);
    if (snapshot === undefined) throw new Error(`job ${jobId} is not live`);
    return snapshot.context;
  }

  /** Makes the actor of a job that was just acknowledged. */
  admit(job: NewJob, scheduler: AnyActorRef): void {
    this.#jobs.set(job.jobId, started(newRecord(job), scheduler));
    this.#board.trigger.transitioned({ jobId: job.jobId, from: null, to: 'queued' });
  }

  /** Sends an event to a job. @throws when the job's chart does not allow it: the scheduler decided wrongly. */
  tell(jobId: string, event: JobEvent): void {
    const actor = this.#wake(jobId);
    if (!actor?.getSnapshot().can(event)) throw new Error(`job ${jobId} cannot take ${event.type} now`);
    const from = actor.getSnapshot().value;
    actor.send(event);
    const { value: to, status } = actor.getSnapshot();
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
    this.#board.trigger.forgotten({ from: this.#statusOf(jobId) });
    this.#finished.delete(jobId);
    this.#jobs.delete(jobId);
  }

  #statusOf(jobId: string): JobStatus {
    const job = this.#jobs.get(jobId);
    if (job === undefined) throw new Error(`job ${jobId} is not live`);
    return 'read' in job ? job.status : job.getSnapshot().value;
  }

  #wake(jobId: string): JobActor | undefined {
    const job = this.#jobs.get(jobId);
    if (job === undefined || !('read' in job)) return job;
    // One that has ended does nothing more, and would tell the scheduler of its end again.
    const actor = started(job.read(), this.#finished.has(jobId) ? undefined : this.#scheduler);
    this.#jobs.set(jobId, actor);
    return actor;
  }
}

/**
 * The actor of a job from its record, in the state that it says. New jobs come this way too: a job without input has
 * nothing to compute when it starts, and one way of making an actor is enough.
 */
function started({ status, ...input }: JobRecord, parent?: AnyActorRef): JobActor {
  const snapshot = jobMachine.resolveState({ value: status, context: { ...input, progress: null, place: null } });
  return createActor(jobMachine, { id: input.jobId, snapshot, input, ...(parent && { parent }) }).start();
}
