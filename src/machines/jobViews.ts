import type { Actor } from 'xstate';
import type { JobPage, Journal } from '../journal/contract.ts';
import type { Runs } from '../runner/contract.ts';
import type { Device } from '../schemas/engine.ts';
import type { JobInfo } from '../schemas/job.ts';
import type { JobRecord } from '../schemas/jobRecord.ts';
import type { LiveStates } from '../schemas/machines.ts';
import type { WaitingFor } from '../schemas/waitingFor.ts';
import type { Board } from './board.ts';
import type { Expectation, Expectations } from './expectations.ts';
import type { QueueStats } from './jobCommands.ts';
import { expectedTimes, jobInfo, placeOf } from './jobInfo.ts';
import { JobTexts, jobText, type KeptText, writeJob } from './jobText.ts';
import { liveStates } from './liveStates.ts';
import { queueStats } from './queueStats.ts';
import type { schedulerMachine } from './scheduler.ts';
import { holdOf, waitingFor } from './waitingFor.ts';

/** What is looked at. */
export type JobViewsDependencies = {
  actor: Actor<typeof schedulerMachine>;
  board: Board;
  journal: Journal;
  runs: Runs;
  expectations: Expectations;
  /** Why jobs beyond the history are still kept: what of theirs cannot be deleted. */
  undeletable: ReadonlyMap<string, string>;
};

/** What a scheduler shows of itself and its jobs: snapshots and rows, read; nothing here changes anything. */
export class JobViews {
  readonly #actor: Actor<typeof schedulerMachine>;
  readonly #board: Board;
  readonly #journal: Journal;
  readonly #runs: Runs;
  readonly #expectations: Expectations;
  readonly #undeletable: ReadonlyMap<string, string>;
  readonly #queueStats = queueStats();
  readonly #texts = new JobTexts();
  #held: { snapshot: object; hold: WaitingFor | null } | null = null;

  constructor({ actor, board, journal, runs, expectations, undeletable }: JobViewsDependencies) {
    this.#actor = actor;
    this.#board = board;
    this.#journal = journal;
    this.#runs = runs;
    this.#expectations = expectations;
    this.#undeletable = undeletable;
  }

  /** A job as it is on record; undefined if it is not known. O(log n). */
  record(jobId: string): JobRecord | undefined {
    return this.#context.roster.find(jobId) ?? this.#journal.find(jobId);
  }

  /** A page of the jobs that are kept, and the cursor of the next one; null at the end. */
  list(page: JobPage): { jobs: JobInfo[]; next: number | null } {
    const { jobs, next } = this.#journal.list(page);
    return { jobs: jobs.map((record) => this.show(record)), next };
  }

  /** A job as clients see it. Its record may be ahead of the books for a moment: what is on disk is applied next. */
  show(record: JobRecord): JobInfo {
    const { jobId, status } = record;
    const { roster, queue } = this.#context;
    const { progress = null, place = null } = roster.awake(jobId) ?? {};
    const backend = placeOf(this.#runs, record, place);
    if (record.endedAt !== null) {
      const stuck = this.#undeletable.get(jobId);
      const warnings = stuck === undefined ? [] : [`it is beyond the history and stays: ${stuck}`];
      return jobInfo(record, { retries: this.#journal.retriesOf(jobId), backend, progress, warnings });
    }
    if (roster.statusOf(jobId) === undefined) return jobInfo(record, { backend });
    const position = status === 'queued' ? queue.position(jobId) : null;
    const waiting = this.#waitingFor(jobId, position);
    return jobInfo(record, {
      position,
      waitingFor: waiting,
      expected: this.#expectedOf(jobId, position),
      backend,
      progress,
    });
  }

  /** The same as JSON; undefined if the job is not known. What stays as it is, is written once for who asks again. */
  text(jobId: string): string | undefined {
    const context = this.#context;
    const kept = this.#texts.find(jobId);
    if (kept?.place) {
      // Who still stands where it stood has waited ever since: nothing happened to it, and its record need not be asked.
      const position = context.queue.position(kept.jobId, kept.place);
      if (position !== null) return this.#written(kept, position);
    }
    const live = context.roster.live(jobId);
    if (live === undefined || live.known.endedAt !== null) {
      const record = this.record(jobId);
      return record && JSON.stringify(this.show(record));
    }
    const { known, status } = live;
    const place = (status === 'queued' && context.queue.placeOf(jobId)) || null;
    if (kept?.known === known) return this.#written(kept, place && context.queue.position(jobId, place));
    const text = jobText(this.show(context.roster.contextOf(jobId)));
    const fresh = this.#texts.keep({ jobId: known.jobId, known, text, place });
    return this.#written(fresh, place && context.queue.position(jobId, place));
  }

  #written({ jobId, text }: KeptText, position: number | null): string {
    return writeJob(text, {
      position_in_queue: position,
      waiting_for: this.#waitingFor(jobId, position),
      ...expectedTimes(this.#expectedOf(jobId, position)),
    });
  }

  #expectedOf(jobId: string, position: number | null): Expectation {
    return this.#expectations.of(this.#context, jobId, position, () => this.#hold() !== null);
  }

  #waitingFor(jobId: string, position: number | null): WaitingFor | null {
    const { held, blockedBy } = this.#context;
    // One that is started and could not be launched waits as the others do.
    if (position === null && blockedBy !== null && held.includes(jobId)) return { kind: 'blocked', reason: blockedBy };
    return position === null ? null : waitingFor(this.#context, jobId, position, this.#hold());
  }

  /** What holds every job that waits; asked again when the scheduler has done something. */
  #hold(): WaitingFor | null {
    const snapshot = this.#actor.getSnapshot();
    if (this.#held?.snapshot !== snapshot) this.#held = { snapshot, hold: holdOf(snapshot) };
    return this.#held.hold;
  }

  /** Whether nothing is started until the queue is resumed. */
  isPaused(): boolean {
    return this.#context.paused;
  }

  /** Why nothing is started though it should be; null: nothing hinders it. */
  blockedBy(): string | null {
    return this.#context.blockedBy;
  }

  /** The queue and the counts: the same object until one of them changes. O(queue) for the list of ids, once a change. */
  queueStats(): QueueStats {
    return this.#queueStats(this.#context.queue, this.#board.getSnapshot().context);
  }

  /** How many jobs wait and run, and why the server takes none, if so. O(1). */
  health(): { queued: number; running: number; degraded: string | null } {
    const { counts } = this.#board.getSnapshot().context;
    const snapshot = this.#actor.getSnapshot();
    if (snapshot.status === 'error') {
      return { queued: counts.queued, running: counts.running, degraded: `the scheduler failed: ${snapshot.error}` };
    }
    const fault = this.#journal.fault();
    const degraded = snapshot.matches({ intake: { closed: 'unwritable' } })
      ? `the journal cannot be written: ${snapshot.context.journalFault}`
      : fault !== null
        ? `the journal cannot be written: ${fault}`
        : snapshot.matches({ intake: 'closed' })
          ? 'the server is shutting down'
          : null;
    return { queued: counts.queued, running: counts.running, degraded };
  }

  /** The states of the scheduler and of every runner, and how many jobs are in each state. O(running). */
  liveStates(): LiveStates {
    return liveStates(this.#actor.getSnapshot(), this.#board.getSnapshot().context, this.#runs.trackers ?? []);
  }

  /** The devices that are handed out, and whose they are; null: none are. */
  devices(): Device[] | null {
    const { devices } = this.#context;
    return devices?.names.map((name) => ({ name, job_id: devices.ownerOf(name) })) ?? null;
  }

  get #context() {
    return this.#actor.getSnapshot().context;
  }
}
