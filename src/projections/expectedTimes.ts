import type { JobContext } from '../machines/job/job.ts';
import type { Devices } from '../machines/scheduler/devices.ts';
import type { Durations } from '../machines/scheduler/durations.ts';
import type { Standing } from '../machines/scheduler/orderedQueue.ts';
import type { DevicePool } from '../schemas/engine/devicePool.ts';
import type { Books } from './books.ts';

/** When a job may start and end, milliseconds since 1970; null when that is not known. */
export type Expectation = { start: number | null; end: number | null };

/** Jobs ahead that are looked at; the start of a job further behind is not known. Keeps every answer quick. */
const MOST_AHEAD = 200;

/**
 * Tells when jobs may start and end. A run that shows how far it is shows when it ends; of any other it is estimated
 * from what the last completed jobs took that asked for the same: harness, tasks, model, samples, GPUs and generation (their
 * median), or not at all, for a wrong guess is worse than none. Nothing is decided by it.
 */
export class Expectations {
  readonly #durations: Pick<Durations, 'of'>;

  constructor(durations: Pick<Durations, 'of'>) {
    this.#durations = durations;
  }

  /**
   * What is expected of a job that waits or runs.
   * @param standing where it is in the queue; null: it does not wait. @param isHeld nothing is started at the moment.
   */
  of(context: Books, jobId: string, standing: Standing | null, isHeld: boolean): Expectation {
    if (standing === null) return context.running.includes(jobId) ? this.#ofRunning(context, jobId) : unknown;
    const { ahead } = standing;
    if (ahead > MOST_AHEAD || isHeld || context.holds.of(jobId) !== undefined) return unknown;
    const start = this.#startOf(context, jobId, ahead);
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

  /** Lets the jobs of its pool that are ahead take the slots, or the devices, as they come free. */
  #startOf(context: Books, jobId: string, last: number): number | null {
    const { queue, running, slots, devices, now } = context;
    const pool = queue.poolOf(jobId);
    const own = devices?.pool(pool) ?? null;
    const free = running.flatMap((id) =>
      Array<number | null>(unitsHeld(devices, own, id)).fill(this.#ofRunning(context, id).end),
    );
    const units = own === null ? slots : own.devices.length * own.shares;
    while (free.length < units) free.push(now());
    let before = now();
    for (let ahead = 0; ahead <= last; ahead++) {
      const next = queue.next(ahead, pool);
      if (next === undefined) return null;
      free.sort(byTime);
      const needed = unitsOf(own, context.registry.request(next).num_gpus);
      const latest = free[needed - 1];
      if (free[0] === null || latest === null || latest === undefined) return null;
      // In order: what may pass the first would have been started.
      before = Math.max(before, latest);
      if (ahead === last) return before;
      free.fill(plus(before, this.#median(context, next)), 0, needed);
    }
    return null;
  }

  #median({ registry }: Books, jobId: string): number | null {
    const known = this.#durations.of(registry.request(jobId), registry.harness(jobId));
    return known[known.length >> 1] ?? null;
  }
}

const unknown: Expectation = { start: null, end: null };

/** When a run began to work: on an engine when that gave it a node, else at the latest launch. Null while it waits there. */
function beginOf({ startedAt, run, partsEnded }: Pick<JobContext, 'startedAt' | 'run' | 'partsEnded'>): number | null {
  if (run === null || partsEnded > 0) return startedAt;
  return run.place?.at ?? (typeof run.handle['node'] === 'string' ? startedAt : null);
}

/** Slots that a job takes, or shares of devices where they are handed out: one of several devices has each alone. */
function unitsOf(pool: DevicePool | null, gpus: number): number {
  return pool === null || gpus === 1 ? 1 : gpus * pool.shares;
}

/** Of a pool, the units that a running job has. */
function unitsHeld(devices: Devices | null, pool: DevicePool | null, jobId: string): number {
  if (devices === null || pool === null) return 1;
  const held = devices.of(jobId);
  return held.some((name) => pool.devices.includes(name)) ? unitsOf(pool, held.length) : 0;
}

/** Those that are not known come first: each of them might be the earliest. */
const byTime = (a: number | null, b: number | null): number =>
  (a ?? Number.NEGATIVE_INFINITY) - (b ?? Number.NEGATIVE_INFINITY) || 0;

const plus = (time: number | null, duration: number | null): number | null =>
  time === null || duration === null ? null : time + duration;
