import { type ActorRefFrom, type AnyActorRef, createActor, type SnapshotFrom } from 'xstate';
import type { EvaluateRequest } from '../schemas/evaluateRequest.ts';
import type { JobStatus, NewJob } from '../schemas/job.ts';
import type { Board } from './board.ts';
import { type JobEvent, jobMachine } from './job.ts';

/**
 * The live job actors. Only the scheduler holds it and changes it.
 *
 * They are not made with `spawnChild`: that copies all children at each submission (15 ms at 20,000 jobs). They belong
 * to the scheduler's system all the same. Nobody stops them: they have no timers and no children, so that forgetting
 * one is enough.
 */
export class Roster {
  readonly #board: Board;
  readonly #actors = new Map<string, ActorRefFrom<typeof jobMachine>>();
  /** Ids of jobs in a final state, the first ended first. */
  readonly #finished = new Set<string>();

  constructor(board: Board) {
    this.#board = board;
  }

  /** What is known of a job; undefined if it is not live. */
  get(jobId: string): SnapshotFrom<typeof jobMachine> | undefined {
    return this.#actors.get(jobId)?.getSnapshot();
  }

  /** What a job asks for. @throws when it is not live. */
  requestOf(jobId: string): EvaluateRequest {
    const snapshot = this.get(jobId);
    if (snapshot === undefined) throw new Error(`job ${jobId} is not live`);
    return snapshot.context.request;
  }

  /** Makes and starts the actor of a job that was just acknowledged. */
  admit(job: NewJob, parent: AnyActorRef): void {
    const actor = createActor(jobMachine, { id: job.jobId, parent, input: job });
    this.#actors.set(job.jobId, actor);
    this.#board.trigger.transitioned({ jobId: job.jobId, from: null, to: 'queued' });
    actor.start();
  }

  /** Sends an event to a job. @throws when the job's chart does not allow it: the scheduler decided wrongly. */
  tell(jobId: string, event: JobEvent): void {
    const actor = this.#actors.get(jobId);
    if (!actor?.getSnapshot().can(event)) throw new Error(`job ${jobId} cannot take ${event.type} now`);
    const from = actor.getSnapshot().value;
    actor.send(event);
    const { value: to, status } = actor.getSnapshot();
    if (from !== to) this.#board.trigger.transitioned({ jobId, from, to });
    if (status === 'done') this.#finished.add(jobId);
  }

  /** Forgets the finished jobs beyond the newest `keep`. @returns their last snapshots, the oldest first. */
  prune(keep: number): SnapshotFrom<typeof jobMachine>[] {
    const pruned: SnapshotFrom<typeof jobMachine>[] = [];
    for (const jobId of this.#finished) {
      if (this.#finished.size <= keep) break;
      const snapshot = this.get(jobId);
      this.#finished.delete(jobId);
      this.#actors.delete(jobId);
      if (snapshot === undefined) continue;
      this.#board.trigger.forgotten({ from: statusOf(snapshot) });
      pruned.push(snapshot);
    }
    return pruned;
  }
}

const statusOf = (snapshot: SnapshotFrom<typeof jobMachine>): JobStatus => snapshot.value;
