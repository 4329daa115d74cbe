import * as tree from './orderedTree.ts';
import { VersionedMap } from './versionedMap.ts';

/**
 * By what jobs are in order, the lowest first: higher priority first, then first in, first out. One number, so that a search
 * in a long queue reads nothing beside the nodes on its way; exact in a double for priorities up to 8,000 either way.
 */
type Rank = number;

/** More than jobs ever arrive at one server: `sequence` is unique, from 0, and grows with each arrival. */
const MOST_SEQUENCES = 2 ** 40;

export const rankOf = (priority: number, sequence: number): Rank => sequence - priority * MOST_SEQUENCES;
const sequenceOf = (rank: Rank): number => ((rank % MOST_SEQUENCES) + MOST_SEQUENCES) % MOST_SEQUENCES;

/** Where a job is in the queue. */
export type Standing = {
  /** How many jobs are before it, from 0. */
  readonly position: number;
  /** How many of those may start: they are not passed over. */
  readonly ahead: number;
};

type Parts = {
  readonly order: tree.Tree<Rank, string>;
  readonly ranks: VersionedMap<string, Rank>;
  /** Those that are passed over. */
  readonly passed: tree.Tree<Rank, string>;
  readonly nextSequence: number;
};

const byRank: tree.Compare<Rank> = (a, b) => a - b;

/**
 * The jobs that wait, in the order in which they will start. A value: every change returns a new queue in O(log n),
 * so that the scheduler's snapshots stay what they were. Only jobs that wait are in it; those that were cancelled or
 * started cost nothing.
 */
export class OrderedQueue {
  readonly #parts: Parts;
  #list: readonly string[] | undefined;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A queue of its own: what comes of it shares nothing with what comes of another. */
  static get empty(): OrderedQueue {
    return OrderedQueue.of([]);
  }

  /** A queue of jobs that waited before, each once, in the order in which they will start. */
  static of(jobs: readonly { jobId: string; priority: number; sequence: number }[]): OrderedQueue {
    const entries = jobs.map(({ jobId, priority, sequence }) => [rankOf(priority, sequence), jobId] as const);
    const last = jobs.reduce((most, { sequence }) => Math.max(most, sequence), -1);
    return new OrderedQueue({
      order: tree.fromSorted(entries),
      ranks: VersionedMap.of(entries.map(([rank, jobId]) => [jobId, rank])),
      passed: null,
      nextSequence: last + 1,
    });
  }

  /** The job ids in the order in which they will start. Made once a queue, however often it is asked. */
  get ids(): readonly string[] {
    this.#list ??= tree.values(this.#parts.order);
    return this.#list;
  }

  get size(): number {
    return tree.size(this.#parts.order);
  }

  has(jobId: string): boolean {
    return this.#rankOf(jobId) !== undefined;
  }

  /**
   * The queue with the job behind all others of its priority that came before it.
   * @param sequence that of its arrival, higher than all of this queue's; the next number unless said.
   * @throws when the job waits already: it would be in it twice.
   */
  add(jobId: string, priority = 0, sequence = this.#parts.nextSequence): OrderedQueue {
    if (this.has(jobId)) throw new Error(`job ${jobId} is already in the queue`);
    const next = Math.max(this.#parts.nextSequence, sequence + 1);
    return this.#with({ nextSequence: next }).#insert(jobId, rankOf(priority, sequence));
  }

  /** The queue without the job: those behind it move up by one. The same queue if it did not wait. */
  remove(jobId: string): OrderedQueue {
    const rank = this.#rankOf(jobId);
    if (rank === undefined) return this;
    const { order, ranks, passed } = this.#parts;
    return this.#with({
      order: tree.remove(order, byRank, rank),
      ranks: ranks.without(jobId),
      passed: tree.remove(passed, byRank, rank),
    });
  }

  /** The queue with a job that keeps its position while those behind it start: `next` passes it over. The same queue if it does not wait. */
  pass(jobId: string): OrderedQueue {
    const rank = this.#rankOf(jobId);
    return rank === undefined ? this : this.#with({ passed: tree.insert(this.#parts.passed, byRank, rank, jobId) });
  }

  /** The queue with a job that may start again, at its position. */
  admit(jobId: string): OrderedQueue {
    const rank = this.#rankOf(jobId);
    return rank === undefined ? this : this.#with({ passed: tree.remove(this.#parts.passed, byRank, rank) });
  }

  /** The queue with another priority of a job: within it, the job is where it came. The same queue if it does not wait. */
  reprioritise(jobId: string, priority: number): OrderedQueue {
    const rank = this.#rankOf(jobId);
    if (rank === undefined) return this;
    const moved = this.remove(jobId).#insert(jobId, rankOf(priority, sequenceOf(rank)));
    return tree.find(this.#parts.passed, byRank, rank) === undefined ? moved : moved.pass(jobId);
  }

  /** How many jobs will start before it, from 0; null if it does not wait. */
  position(jobId: string): number | null {
    return this.standing(jobId)?.position ?? null;
  }

  /** Both that there is to say of where a job is in the queue; null if it does not wait. */
  standing(jobId: string): Standing | null {
    const rank = this.#rankOf(jobId);
    if (rank === undefined) return null;
    const { order, passed } = this.#parts;
    const position = tree.rank(order, byRank, rank);
    return { position, ahead: passed === null ? position : position - tree.rank(passed, byRank, rank) };
  }

  /** The job with so many before it that may start, of those that may themselves; undefined beyond the last. O(log² n). */
  next(ahead: number): string | undefined {
    const { order, passed } = this.#parts;
    if (passed === null) return tree.at(order, ahead);
    // The first position up to which there are enough that may start: it is one of them.
    let [from, to] = [ahead, Math.min(ahead + tree.size(passed), this.size - 1)];
    if (ahead >= this.size - tree.size(passed)) return undefined;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (middle + 1 - this.#passedUpTo(middle) > ahead) to = middle;
      else from = middle + 1;
    }
    return tree.at(order, from);
  }

  #passedUpTo(position: number): number {
    const rank = this.#rankOf(tree.at(this.#parts.order, position) ?? '');
    if (rank === undefined) return 0;
    const { passed } = this.#parts;
    return tree.rank(passed, byRank, rank) + (tree.find(passed, byRank, rank) === undefined ? 0 : 1);
  }

  /** Of two jobs, also of two queues, that with the lower number came with the higher priority, or earlier. Undefined if it does not wait. */
  rank(jobId: string): number | undefined {
    return this.#rankOf(jobId);
  }

  #rankOf(jobId: string): Rank | undefined {
    return this.#parts.ranks.get(jobId);
  }

  #insert(jobId: string, rank: Rank): OrderedQueue {
    const { order, ranks } = this.#parts;
    return this.#with({
      order: tree.insert(order, byRank, rank, jobId),
      ranks: ranks.with(jobId, rank),
    });
  }

  #with(parts: Partial<Parts>): OrderedQueue {
    return new OrderedQueue({ ...this.#parts, ...parts });
  }
}
