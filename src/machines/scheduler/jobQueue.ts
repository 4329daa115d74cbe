import { ONLY_POOL } from '../../schemas/engine/devicePool.ts';
import type { NewJob } from '../../schemas/job/job.ts';
import { type Arrival, FairQueue } from './fairQueue.ts';
import { OrderedQueue, type Standing } from './orderedQueue.ts';
import { VersionedMap } from './versionedMap.ts';

/** By what rules jobs are in order. */
export type QueueRules = {
  /** Names of the pools, each with an order of its own, the first for jobs that name none. */
  pools: readonly string[];
  /** Whether callers take turns within a priority. */
  isFair: boolean;
};

/** A job as it comes to wait, in the pool that it names; null: in the first one. */
export type WaitingJob = Omit<Arrival, 'sequence'> & { pool: string | null };

type Line = OrderedQueue | FairQueue;

type Parts = {
  readonly lines: ReadonlyMap<string, Line>;
  /** Of each job that waits its pool; null: there is one pool. */
  readonly pools: VersionedMap<string, string> | null;
  readonly nextSequence: number;
};

/** The rules where there is one pool, and callers take no turns. */
export const plainRules: QueueRules = { pools: [ONLY_POOL], isFair: false };

/**
 * All jobs that wait: of each pool a line of its own, of first in, first out within a priority (`OrderedQueue`), or in turns by caller
 * (`FairQueue`). A value: every change returns a new one.
 */
export class JobQueue implements Iterable<string> {
  readonly #rules: QueueRules;
  readonly #parts: Parts;
  #list: readonly string[] | undefined;

  private constructor(rules: QueueRules, parts: Parts) {
    this.#rules = rules;
    this.#parts = parts;
  }

  /** A queue of its own: what comes of it shares nothing with what comes of another. */
  static empty(rules: QueueRules = plainRules): JobQueue {
    return JobQueue.of([], rules);
  }

  /**
   * A queue of jobs that waited before, each once: the highest priority first, within one as they came.
   * @param served callers of whom a job runs, which have had a turn.
   */
  static of(
    jobs: readonly (WaitingJob & { sequence: number })[],
    rules: QueueRules = plainRules,
    served?: ReadonlySet<string | null>,
  ): JobQueue {
    const lines = new Map<string, Line>();
    const pools = rules.pools.length === 1 ? null : new Map(jobs.map(({ jobId, pool }) => [jobId, named(rules, pool)]));
    for (const pool of rules.pools) {
      const own = pools === null ? jobs : jobs.filter(({ jobId }) => pools.get(jobId) === pool);
      lines.set(pool, rules.isFair ? FairQueue.of(own.map(arrivalOf), served) : OrderedQueue.of(own));
    }
    const last = jobs.reduce((most, { sequence }) => Math.max(most, sequence), -1);
    return new JobQueue(rules, { lines, pools: pools && VersionedMap.of(pools), nextSequence: last + 1 });
  }

  /** Names of the pools. */
  get pools(): readonly string[] {
    return this.#rules.pools;
  }

  /** The job ids in the order in which they will start: of several pools the first of each, then the second. Made once a queue. */
  get ids(): readonly string[] {
    this.#list ??= interleaved([...this.#parts.lines.values()].map(({ ids }) => ids));
    return this.#list;
  }

  get size(): number {
    let sum = 0;
    for (const line of this.#parts.lines.values()) sum += line.size;
    return sum;
  }

  has(jobId: string): boolean {
    return this.#lineOf(jobId)?.has(jobId) ?? false;
  }

  /** The pool in which a job waits; undefined if it does not. */
  poolOf(jobId: string): string | undefined {
    const { pools } = this.#parts;
    return pools === null ? (this.has(jobId) ? this.pools[0] : undefined) : pools.get(jobId);
  }

  /** Of two jobs that with the lower number has the higher priority, or came earlier. Undefined if it does not wait. */
  rank(jobId: string): number | undefined {
    return this.#lineOf(jobId)?.rank(jobId);
  }

  /** The queue with a job behind those before which it is not. @throws when the job waits already: it would be in it twice. */
  add({ pool: asked, ...job }: WaitingJob): JobQueue {
    const { nextSequence: sequence, pools } = this.#parts;
    const pool = named(this.#rules, asked);
    if (this.has(job.jobId)) throw new Error(`job ${job.jobId} is already in the queue`);
    const { jobId, priority } = job;
    const added = this.#changed(pool, (line) =>
      line instanceof FairQueue ? line.add({ ...job, sequence }) : line.add(jobId, priority, sequence),
    );
    return added.#with({ nextSequence: sequence + 1, ...(pools && { pools: pools.with(jobId, pool) }) });
  }

  /** The queue without a job: those behind it move up. The same queue if it did not wait. */
  remove(jobId: string): JobQueue {
    return this.#without(jobId, (line) => line.remove(jobId));
  }

  /** The queue without a job that starts: its caller has had a turn. The same queue if it did not wait. */
  start(jobId: string): JobQueue {
    return this.#without(jobId, (line) => (line instanceof FairQueue ? line.start(jobId) : line.remove(jobId)));
  }

  /** The queue with a job that `next` passes over. The same queue if it does not wait. */
  pass(jobId: string): JobQueue {
    return this.#changedFor(jobId, (line) => line.pass(jobId));
  }

  /** The queue with a job that may start again. */
  admit(jobId: string): JobQueue {
    return this.#changedFor(jobId, (line) => line.admit(jobId));
  }

  /** The queue with another priority of a job: within it, the job is where it came. The same queue if it does not wait. */
  reprioritise(jobId: string, priority: number): JobQueue {
    return this.#changedFor(jobId, (line) => line.reprioritise(jobId, priority));
  }

  /** How many jobs of its pool will start before it, from 0; null if it does not wait. */
  position(jobId: string): number | null {
    return this.standing(jobId)?.position ?? null;
  }

  /** Where a job is in its pool; null if it does not wait. O(log n). */
  standing(jobId: string): Standing | null {
    return this.#lineOf(jobId)?.standing(jobId) ?? null;
  }

  /** The job of a pool with so many before it that may start, of those that may themselves; undefined beyond the last. */
  next(ahead: number, pool = this.pools[0] ?? ONLY_POOL): string | undefined {
    return this.#parts.lines.get(pool)?.next(ahead);
  }

  /** The job ids in the order in which they will start. */
  [Symbol.iterator](): Iterator<string> {
    return this.ids[Symbol.iterator]();
  }

  #lineOf(jobId: string): Line | undefined {
    const { pools, lines } = this.#parts;
    return lines.get((pools === null ? this.pools[0] : pools.get(jobId)) ?? ONLY_POOL);
  }

  #without(jobId: string, change: (line: Line) => Line): JobQueue {
    const { pools } = this.#parts;
    const left = this.#changedFor(jobId, change);
    return left === this || pools === null ? left : left.#with({ pools: pools.without(jobId) });
  }

  #changedFor(jobId: string, change: (line: Line) => Line): JobQueue {
    const pool = this.poolOf(jobId);
    return pool === undefined ? this : this.#changed(pool, change);
  }

  #changed(pool: string, change: (line: Line) => Line): JobQueue {
    const { lines } = this.#parts;
    const line = lines.get(pool);
    const changed = line && change(line);
    return changed === undefined || changed === line ? this : this.#with({ lines: new Map(lines).set(pool, changed) });
  }

  #with(parts: Partial<Parts>): JobQueue {
    return new JobQueue(this.#rules, { ...this.#parts, ...parts });
  }
}

/** A new job as it comes to wait. */
export function waitingJob({
  jobId,
  options,
  submittedBy,
}: Pick<NewJob, 'jobId' | 'options' | 'submittedBy'>): WaitingJob {
  return { jobId, priority: options.priority, caller: submittedBy, pool: options.pool };
}

const arrivalOf = ({ jobId, priority, sequence, caller }: Arrival): Arrival => ({ jobId, priority, sequence, caller });

/** The pool that a job names; the first one where it names none, or one that there is no longer. */
function named({ pools }: QueueRules, pool: string | null): string {
  return pool !== null && pools.includes(pool) ? pool : (pools[0] ?? ONLY_POOL);
}

function interleaved(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = []] = lists;
  if (lists.length <= 1) return first;
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => lists.flatMap((list) => list.slice(index, index + 1))).flat();
}
