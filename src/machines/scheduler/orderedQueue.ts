import * as tree from './orderedTree.ts';

/** Where a job is in the queue: higher priority first, then first in, first out. `sequence` is unique and grows with each arrival. */
type Rank = { readonly priority: number; readonly sequence: number };

const byRank: tree.Compare<Rank> = (a, b) => b.priority - a.priority || a.sequence - b.sequence;
const byId: tree.Compare<string> = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The jobs that wait, in the order in which they will start. A value: every change returns a new queue in O(log n),
 * so that the scheduler's snapshots stay what they were. Only jobs that wait are in it; those that were cancelled or
 * started cost nothing.
 */
export class OrderedQueue implements Iterable<string> {
  static readonly empty = new OrderedQueue(null, null, 0);

  readonly #order: tree.Tree<Rank, string>;
  readonly #ranks: tree.Tree<string, Rank>;
  readonly #nextSequence: number;
  #list: readonly string[] | undefined;

  private constructor(order: tree.Tree<Rank, string>, ranks: tree.Tree<string, Rank>, nextSequence: number) {
    this.#order = order;
    this.#ranks = ranks;
    this.#nextSequence = nextSequence;
  }

  /** A queue of jobs that waited before, each once, in the order in which they will start. */
  static of(jobs: readonly { jobId: string; priority: number; sequence: number }[]): OrderedQueue {
    const entries = jobs.map(({ jobId, priority, sequence }) => [{ priority, sequence }, jobId] as const);
    const ranks = entries.map(([rank, jobId]) => [jobId, rank] as const).sort(([a], [b]) => byId(a, b));
    const last = jobs.reduce((most, { sequence }) => Math.max(most, sequence), -1);
    return new OrderedQueue(tree.fromSorted(entries), tree.fromSorted(ranks), last + 1);
  }

  /** The job ids in the order in which they will start. Made once a queue, however often it is asked. */
  get ids(): readonly string[] {
    this.#list ??= tree.values(this.#order);
    return this.#list;
  }

  get size(): number {
    return tree.size(this.#order);
  }

  has(jobId: string): boolean {
    return this.#rankOf(jobId) !== undefined;
  }

  /**
   * The queue with the job behind all others of its priority.
   * @throws when the job waits already: it would be in it twice.
   */
  add(jobId: string, priority = 0): OrderedQueue {
    if (this.has(jobId)) throw new Error(`job ${jobId} is already in the queue`);
    return this.#with(jobId, { priority, sequence: this.#nextSequence }, this.#nextSequence + 1);
  }

  /** The queue without the job: those behind it move up by one. The same queue if it did not wait. */
  remove(jobId: string): OrderedQueue {
    const rank = this.#rankOf(jobId);
    if (rank === undefined) return this;
    const ranks = tree.remove(this.#ranks, byId, jobId);
    return new OrderedQueue(tree.remove(this.#order, byRank, rank), ranks, this.#nextSequence);
  }

  /** The queue with another priority of a job: within it, the job is where it came. The same queue if it does not wait. */
  reprioritise(jobId: string, priority: number): OrderedQueue {
    const rank = this.#rankOf(jobId);
    if (rank === undefined) return this;
    return this.remove(jobId).#with(jobId, { ...rank, priority }, this.#nextSequence);
  }

  /** How many jobs will start before it, from 0; null if it does not wait. */
  position(jobId: string): number | null {
    const rank = this.#rankOf(jobId);
    return rank === undefined ? null : tree.rank(this.#order, byRank, rank);
  }

  /** The job at a position; undefined beyond the end. */
  at(position: number): string | undefined {
    return tree.at(this.#order, position);
  }

  /** The job ids in the order in which they will start. */
  [Symbol.iterator](): Iterator<string> {
    return this.ids[Symbol.iterator]();
  }

  #rankOf(jobId: string): Rank | undefined {
    return tree.find(this.#ranks, byId, jobId);
  }

  #with(jobId: string, rank: Rank, nextSequence: number): OrderedQueue {
    const ranks = tree.insert(this.#ranks, byId, jobId, rank);
    return new OrderedQueue(tree.insert(this.#order, byRank, rank, jobId), ranks, nextSequence);
  }
}
