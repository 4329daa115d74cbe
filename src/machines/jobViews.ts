import type { Actor } from 'xstate';
import type { JobPage, Journal } from '../journal/contract.ts';
import type { Runs } from '../runner/contract.ts';
import type { Device } from '../schemas/engine.ts';
import type { JobInfo } from '../schemas/job.ts';
import type { JobRecord } from '../schemas/jobRecord.ts';
import type { LiveStates } from '../schemas/machines.ts';
import type { Board } from './board.ts';
import type { Expectations } from './expectations.ts';
import type { QueueStats } from './jobCommands.ts';
import { jobInfo, placeOf } from './jobInfo.ts';
import { liveStates } from './liveStates.ts';
import type { schedulerMachine } from './scheduler.ts';

/** What is looked at. */
export type JobViewsDependencies = {
  actor: Actor<typeof schedulerMachine>;
  board: Board;
  journal: Journal;
  runs: Runs;
  expectations: Expectations;
};

/** What a scheduler shows of itself and its jobs: snapshots and rows, read; nothing here changes anything. */
export class JobViews {
  readonly #actor: Actor<typeof schedulerMachine>;
  readonly #board: Board;
  readonly #journal: Journal;
  readonly #runs: Runs;
  readonly #expectations: Expectations;

  constructor({ actor, board, journal, runs, expectations }: JobViewsDependencies) {
    this.#actor = actor;
    this.#board = board;
    this.#journal = journal;
    this.#runs = runs;
    this.#expectations = expectations;
  }

  /** A job as it is on record; undefined if it is not known. O(log n). */
  record(jobId: string): JobRecord | undefined {
    const live = this.#context.roster.get(jobId);
    return live ? { ...live.context, status: live.value } : this.#journal.find(jobId);
  }

  /** A page of the jobs that are kept, and the cursor of the next one; null at the end. */
  list(page: JobPage): { jobs: JobInfo[]; next: number | null } {
    const { jobs, next } = this.#journal.list(page);
    return { jobs: jobs.map((record) => this.show(record)), next };
  }

  /** A job as clients see it. Its record may be ahead of the books for a moment: what is on disk is applied next. */
  show(record: JobRecord): JobInfo {
    const { jobId, status } = record;
    const live = this.#context.roster.get(jobId);
    const backend = placeOf(this.#runs, record, live?.context.place ?? null);
    if (record.endedAt !== null) {
      const retries = this.#journal.retriesOf(jobId);
      return jobInfo(record, { retries, backend, progress: live?.context.progress ?? null });
    }
    if (live === undefined) return jobInfo(record, { backend });
    const position = status === 'queued' ? this.#context.queue.position(jobId) : null;
    const expected = this.#expectations.of(this.#context, jobId, this.isPaused());
    return jobInfo(record, { position, expected, backend, progress: live.context.progress });
  }

  /** Whether nothing is started until the queue is resumed. */
  isPaused(): boolean {
    return this.#actor.getSnapshot().matches({ dispatch: 'paused' });
  }

  /** The queue and the counts. O(queue) for the list of ids. */
  queueStats(): QueueStats {
    const { counts, running } = this.#board.getSnapshot().context;
    const { completed, failed, cancelled } = counts;
    return {
      queued: this.#context.queue.ids,
      completed,
      failed,
      cancelled,
      runningJob: running[0] ?? null,
      runningJobs: [...running],
    };
  }

  /** How many jobs wait and run, and why the server takes none, if so. O(1). */
  health(): { queued: number; running: number; degraded: string | null } {
    const { counts } = this.#board.getSnapshot().context;
    const snapshot = this.#actor.getSnapshot();
    if (snapshot.status === 'error') {
      return { queued: counts.queued, running: counts.running, degraded: `the scheduler failed: ${snapshot.error}` };
    }
    const degraded = snapshot.matches({ intake: { closed: 'unwritable' } })
      ? `the journal cannot be written: ${snapshot.context.journalFault}`
      : snapshot.matches({ intake: 'closed' })
        ? 'the server is shutting down'
        : null;
    return { queued: counts.queued, running: counts.running, degraded };
  }

  /** The states of the scheduler and of every runner, and how many jobs are in each state. O(running). */
  liveStates(): LiveStates {
    return liveStates(this.#actor.getSnapshot(), this.#board.getSnapshot().context);
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
