import { hash } from 'node:crypto';
import type { JobContext } from '../machines/job/job.ts';
import type { Journal } from '../machines/ports/journal.ts';
import type { Standing } from '../machines/scheduler/orderedQueue.ts';
import type { JobRecord } from '../schemas/job/jobRecord.ts';
import type { Books } from './books.ts';

/** When a job may start and end, milliseconds since 1970; null when that is not known. */
export type Expectation = { start: number | null; end: number | null };

/** Durations that a median is taken of: the newest. */
const SAMPLE = 20;
/** Jobs ahead that are looked at; the start of a job further behind is not known. Keeps every answer quick. */
const MOST_AHEAD = 200;
/** Medians that are remembered. */
const MOST_MEDIANS = 10_000;

/**
 * Tells when jobs may start and end. A run that shows how far it is shows when it ends; of any other it is estimated
 * from what the last completed jobs took that asked for the same: harness, tasks, model, samples, GPUs and generation (their
 * median), or not at all, for a wrong guess is worse than none. Nothing is decided by it.
 */
export class Expectations {
  readonly #journal: Pick<Journal, 'durations'>;
  readonly #medians = new Map<string, number | null>();
  /** What a request has in common with others like it, as text. */
  readonly #likes = new WeakMap<JobRecord['request'], string>();

  constructor(journal: Pick<Journal, 'durations'>) {
    this.#journal = journal;
  }

  /** A job has completed: what was expected may have changed. */
  forget(): void {
    this.#medians.clear();
  }

  /**
   * What is expected of a job that waits or runs.
   * @param standing where it is in the queue; null: it does not wait. @param isHeld nothing is started at the moment.
   */
  of(context: Books, jobId: string, standing: Standing | null, isHeld: boolean): Expectation {
    if (standing === null) return context.running.includes(jobId) ? this.#ofRunning(context, jobId) : unknown;
    const { ahead } = standing;
    if (ahead > MOST_AHEAD || isHeld || context.holds.of(jobId) !== undefined) return unknown;
    const start = this.#startOf(context, ahead);
    return { start, end: plus(start, this.#median(context, jobId)) };
  }

  #ofRunning(context: Books, jobId: string): Expectation {
    const { registry, now, unlaunched } = context;
    const record = registry.context(jobId);
    if (unlaunched.includes(jobId)) return { start: record.startedAt, end: null };
    const end = this.#endByProgress(context, jobId) ?? plus(beginOf(record), this.#median(context, jobId));
    return { start: record.startedAt, end: end === null ? null : Math.max(end, now()) };
  }

  /** By the run's own bar, from the first sample on; null before it. The time since it was drawn is no clock's. */
  #endByProgress({ registry, now }: Books, jobId: string): number | null {
    const { options, partsEnded } = registry.context(jobId);
    // It is that of a part, and others follow.
    if (options.split && partsEnded + 1 < registry.request(jobId).tasks.length) return null;
    const { progress = null } = registry.observed(jobId) ?? {};
    const age = registry.progressAge(jobId);
    if (progress === null || progress.done === 0 || progress.eta_seconds === null || age === null) return null;
    return now() + Math.max(0, progress.eta_seconds * 1_000 - age);
  }

  /** Lets the jobs ahead take the slots, or the devices, as they come free. */
  #startOf(context: Books, last: number): number | null {
    const { queue, running, slots, devices, now } = context;
    const free = running.flatMap((jobId) => {
      const { end } = this.#ofRunning(context, jobId);
      return Array<number | null>(unitsOf(context, jobId)).fill(end);
    });
    const units = devices?.names.length ?? slots;
    while (free.length < units) free.push(now());
    let before = now();
    for (let ahead = 0; ahead <= last; ahead++) {
      const jobId = queue.next(ahead);
      if (jobId === undefined) return null;
      free.sort(byTime);
      const needed = unitsOf(context, jobId);
      const latest = free[needed - 1];
      if (free[0] === null || latest === null || latest === undefined) return null;
      // In order: a job that needs few does not overtake one that needs many.
      before = Math.max(before, latest);
      if (ahead === last) return before;
      free.fill(plus(before, this.#median(context, jobId)), 0, needed);
    }
    return null;
  }

  #median({ registry }: Books, jobId: string): number | null {
    const request = registry.request(jobId);
    const harness = registry.harness(jobId);
    const key = `${harness} ${this.#like(request)}`;
    const known = this.#medians.get(key);
    if (known !== undefined) return known;
    const durations = this.#journal.durations(request, SAMPLE, harness).sort((a, b) => a - b);
    const median = durations[durations.length >> 1] ?? null;
    if (this.#medians.size >= MOST_MEDIANS) this.#medians.clear();
    this.#medians.set(key, median);
    return median;
  }

  #like(request: JobRecord['request']): string {
    const known = this.#likes.get(request);
    if (known !== undefined) return known;
    const { model_args: _, output_dir: __, log_samples: ___, ...like } = request;
    // Requests may be large, and those of dry runs wait in no queue that bounds them.
    const key = hash('sha256', JSON.stringify(like));
    this.#likes.set(request, key);
    return key;
  }
}

const unknown: Expectation = { start: null, end: null };

/** When a run began to work: on an engine when that gave it a node, else at the latest launch. Null while it waits there. */
function beginOf({ startedAt, run, partsEnded }: Pick<JobContext, 'startedAt' | 'run' | 'partsEnded'>): number | null {
  if (run === null || partsEnded > 0) return startedAt;
  return run.place?.at ?? (typeof run.handle['node'] === 'string' ? startedAt : null);
}

/** Slots that a job takes, or devices where they are handed out. */
function unitsOf({ devices, registry }: Books, jobId: string): number {
  return devices === null ? 1 : registry.request(jobId).num_gpus;
}

/** Those that are not known come first: each of them might be the earliest. */
const byTime = (a: number | null, b: number | null): number =>
  (a ?? Number.NEGATIVE_INFINITY) - (b ?? Number.NEGATIVE_INFINITY) || 0;

const plus = (time: number | null, duration: number | null): number | null =>
  time === null || duration === null ? null : time + duration;
