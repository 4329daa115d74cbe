import { isDeepStrictEqual } from 'node:util';
import { type ActorRefFrom, type AnyActorRef, createActor, type Snapshot } from 'xstate';
import type { JobStatus, NewJob } from '../../schemas/job/job.ts';
import { type JobRecord, newRecord } from '../../schemas/job/jobRecord.ts';
import { noOptions } from '../../schemas/submission/jobOptions.ts';
import { type JobContext, type JobEvent, jobContext, jobMachine, notObserved } from '../job/job.ts';
import { isFinal, jobSteps } from '../job/jobSteps.ts';
import type { JobContent, Journal, StoredJob } from '../ports/journal.ts';
import type { Board } from './board.ts';

type JobActor = ActorRefFrom<typeof jobMachine>;

/** A few hundred megabytes. */
const MOST_AHEAD = 100_000;

/** What the registry is made of. */
export type RegistryParts = {
  board: Board;
  /** Jobs of an earlier server. */
  restored: readonly StoredJob[];
  /** Reads the record of a job that was acknowledged. */
  find: Journal['find'];
  /** The same of what its actor does not have. */
  findContent: Journal['findContent'];
  /** The scheduler, whose system the jobs join; without it each is a system of its own. */
  scheduler?: AnyActorRef;
  /** Milliseconds since a fixed moment. */
  monotonic?: () => number;
  /** Actors up to which those of an earlier server are made before anything happens to them. */
  mostAhead?: number;
};

/**
 * The live jobs: an actor each, from its acknowledgement until it is forgotten. Only the scheduler holds it and changes it; reading
 * changes nothing.
 *
 * An actor has no request, no outcome and no parts: they may have megabytes, are on disk, and change hardly ever. They are read from there when they are
 * asked for; those that were read last are kept. The jobs of an earlier server are brought back in slices (`bringBack`), so that a
 * long queue does not delay a start; until then what is asked of one is answered from its row. Of a queue of a million only the
 * first part is brought back ahead: the others would take gigabytes, and become actors when something happens to them.
 *
 * Actors are not made with `spawnChild`: that copies all children each time (15 ms at 20,000 jobs). They belong to the scheduler's
 * system all the same. Nothing has to stop them: they have no timers and no children, so that forgetting one is enough.
 */
export class JobRegistry {
  readonly #board: Board;
  readonly #find: Journal['find'];
  readonly #findContent: Journal['findContent'];
  readonly #scheduler: AnyActorRef | undefined;
  readonly #monotonic: () => number;
  readonly #mostAhead: number;
  readonly #actors = new Map<string, JobActor>();
  /** Options of the job that was made last. */
  #options = noOptions;
  /** Jobs of an earlier server that are no actors yet. */
  readonly #restored = new Map<string, StoredJob>();
  /** Those that were not tried to be brought back. */
  readonly #comingBack: Iterator<string, undefined>;
  readonly #contents = new RecentContents();
  /** Ids of jobs in a final state, the first ended first. */
  readonly #finished = new Set<string>();
  /** When the progress of a running job was reported last, by a monotonic clock. */
  readonly #progressAt = new Map<string, number>();

  constructor({ board, restored, find, findContent, scheduler, ...parts }: RegistryParts) {
    this.#board = board;
    this.#find = find;
    this.#findContent = findContent;
    this.#scheduler = scheduler;
    this.#monotonic = parts.monotonic ?? (() => performance.now());
    this.#mostAhead = parts.mostAhead ?? MOST_AHEAD;
    this.#comingBack = this.#restored.keys();
    for (const job of restored) {
      this.#restored.set(job.jobId, job);
      if (isFinal(job.status)) this.#finished.add(job.jobId);
      board.trigger.transitioned({ jobId: job.jobId, from: null, to: job.status });
    }
  }

  /** The state of a job; undefined if it is not live. */
  #statusOf(jobId: string): JobStatus | undefined {
    return this.#actors.get(jobId)?.getSnapshot().value ?? this.#restored.get(jobId)?.status;
  }

  /** How far and where the run of a live job is, which no row has; undefined if it is not live. */
  observed(jobId: string): Pick<JobContext, 'progress' | 'place'> | undefined {
    return this.#actors.get(jobId)?.getSnapshot().context ?? (this.#restored.has(jobId) ? notObserved : undefined);
  }

  /** All that is kept of a job, with its request; undefined if it is not live. */
  record(jobId: string): JobRecord | undefined {
    const snapshot = this.#actors.get(jobId)?.getSnapshot();
    if (snapshot === undefined) return this.#restoredRecord(jobId);
    const content = this.#content(jobId);
    if (content === undefined) return undefined;
    // The journal may be ahead: what it has written is applied next.
    const outcome = snapshot.status === 'done' ? content.outcome : null;
    const { partsEnded, progress: _, place: __, ...known } = snapshot.context;
    const parts = content.parts.slice(0, partsEnded);
    return { ...known, status: snapshot.value, request: content.request, parts, outcome };
  }

  /** What is known of a live job beside its request. @throws when it is not live: the scheduler decided wrongly. */
  context(jobId: string): JobContext {
    const context = this.#actors.get(jobId)?.getSnapshot().context;
    return context ?? jobContext(this.#live(jobId, this.#restoredRecord(jobId)));
  }

  /** Which harness a live job has; null: it is of an earlier version. @throws as `context`. */
  harness(jobId: string): string | null {
    return this.context(jobId).options.harness;
  }

  /** What a live job asks for, from its row. @throws when it is not live: the scheduler decided wrongly. */
  request(jobId: string): JobRecord['request'] {
    return this.#live(jobId, this.#content(jobId)).request;
  }

  /** The parts of a live job that have ended, from its row. @throws as `request`. */
  parts(jobId: string): JobRecord['parts'] {
    return this.#live(jobId, this.#content(jobId)).parts;
  }

  /** Milliseconds since the progress of a running job was reported last; null when it never was. */
  progressAge(jobId: string): number | null {
    const at = this.#progressAt.get(jobId);
    return at === undefined ? null : this.#monotonic() - at;
  }

  /** Takes a job in that was just acknowledged. */
  add(job: NewJob): void {
    const { jobId } = job;
    const actor = this.#start({ ...newRecord(job), status: jobSteps.submitted.to });
    this.#board.trigger.transitioned({ jobId, from: null, to: actor.getSnapshot().value });
  }

  /** Sends an event to a job. @throws when the job's chart does not allow it: the scheduler decided wrongly. */
  send(jobId: string, event: JobEvent): void {
    const actor = this.#actorOf(jobId);
    if (!actor?.getSnapshot().can(event)) throw new Error(`job ${jobId} cannot take ${event.type} now`);
    const from = actor.getSnapshot().value;
    actor.send(event);
    const { value: to, status } = actor.getSnapshot();
    if (event.type === 'job.progress' && event.progress !== undefined) this.#progressAt.set(jobId, this.#monotonic());
    if (from !== to) this.#board.trigger.transitioned({ jobId, from, to });
    // What a part measured is in its row now.
    if (event.type === 'job.taskCompleted') this.#contents.delete(jobId);
    if (status !== 'done') return;
    this.#progressAt.delete(jobId);
    // Its outcome is in its row now.
    this.#contents.delete(jobId);
    this.#finished.add(jobId);
  }

  /**
   * Makes actors of some jobs of an earlier server, the first to start first. One of which the row cannot be read stays as it is.
   * @returns whether there are more to be made: beyond `mostAhead` each is made when something happens to it.
   */
  bringBack(most: number): boolean {
    for (let count = 0; count < most; count++) {
      if (this.#actors.size >= this.#mostAhead) return false;
      const { done, value } = this.#comingBack.next();
      if (done) return false;
      try {
        this.#actorOf(value);
      } catch {
        // Whatever asks for it next meets the same, and says so.
      }
    }
    return true;
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
    const from = this.#statusOf(jobId);
    if (from === undefined) throw new Error(`job ${jobId} is not live`);
    this.#board.trigger.forgotten({ from });
    this.#finished.delete(jobId);
    this.#actors.delete(jobId);
    this.#restored.delete(jobId);
    this.#contents.delete(jobId);
  }

  /** The actor of a live job; of one of an earlier server it is made now, in the state that its row says. */
  #actorOf(jobId: string): JobActor | undefined {
    const restored = this.#restored.get(jobId);
    if (restored === undefined) return this.#actors.get(jobId);
    const record = this.#restoredRecord(jobId);
    if (record === undefined) return undefined;
    this.#restored.delete(jobId);
    return this.#start(record);
  }

  /** Makes the actor of a job in the state that its record says. */
  #start(record: JobRecord): JobActor {
    const { jobId: id, status: value, options } = record;
    // Most jobs name the same options, or none: they share them.
    if (!isDeepStrictEqual(options, this.#options)) this.#options = options;
    const known = { ...record, options: this.#options };
    const context = jobContext(known);
    // As XState persists it: an actor keeps what it is made with, and a whole snapshot has several times as much.
    const persisted = { status: isFinal(value) ? 'done' : 'active', value, context, ...nothingElse } as const;
    const snapshot: Snapshot<unknown> = persisted;
    // One that has ended does nothing more, and would tell the scheduler of its end again.
    const parent = isFinal(value) ? undefined : this.#scheduler;
    const actor = createActor(jobMachine, { id, snapshot, input: context, ...(parent && { parent }) });
    this.#actors.set(id, actor.start());
    return actor;
  }

  #live<T>(jobId: string, found: T | undefined): T {
    if (found === undefined) throw new Error(`job ${jobId} is not live`);
    return found;
  }

  /** The record of a job of an earlier server that is no actor yet. */
  #restoredRecord(jobId: string): JobRecord | undefined {
    const restored = this.#restored.get(jobId);
    const row = restored && (restored.record ?? this.#find(jobId));
    if (restored === undefined || row === undefined) return undefined;
    return { ...row, status: restored.status, outcome: isFinal(restored.status) ? row.outcome : null };
  }

  #content(jobId: string): JobContent | undefined {
    return this.#contents.get(jobId) ?? this.#contents.keep(jobId, this.#findContent(jobId));
  }
}

/** Characters of JSON that are kept parsed, some 30,000 usual requests; in memory it may take several times as much. */
const MOST_KEPT = 8 * 1024 * 1024;

/** Keeps what was read last: what is at the head of the queue is asked for again and again. */
class RecentContents {
  readonly #kept = new Map<string, JobContent>();
  #size = 0;

  get(jobId: string): JobContent | undefined {
    return this.#kept.get(jobId);
  }

  /** Those that were read longest ago go when there are too many; the last one always stays. */
  keep(jobId: string, content: JobContent | undefined): JobContent | undefined {
    if (content === undefined) return undefined;
    this.#kept.set(jobId, content);
    this.#size += content.size;
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= MOST_KEPT || oldest === jobId) break;
      this.delete(oldest);
    }
    return content;
  }

  delete(jobId: string): void {
    this.#size -= this.#kept.get(jobId)?.size ?? 0;
    this.#kept.delete(jobId);
  }
}

/** What a snapshot of a job never has. */
const nothingElse = { output: undefined, error: undefined, children: {}, historyValue: {} };
