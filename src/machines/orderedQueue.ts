import * as tree from './orderedTree.ts';

/** A job's place: higher priority first, then first in, first out. `turn` is unique and grows with each arrival. */
export type Place = { readonly priority: number; readonly turn: number };

const byPlace: tree.Compare<Place> = (a, b) => b.priority - a.priority || a.turn - b.turn;
const byId: tree.Compare<string> = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The jobs that wait, in the order in which they will start. A value: every change returns a new queue in O(log n),
 * so that the scheduler's snapshots stay what they were. Only jobs that wait are in it; those that were cancelled or
 * started cost nothing.
 */
export class OrderedQueue implements Iterable<string> {
  static readonly empty = new OrderedQueue(null, null, 0);

  readonly #ids: tree.Tree<Place, string>;
  readonly #places: tree.Tree<string, Place>;
  readonly #nextTurn: number;
  #list: readonly string[] | undefined;

  private constructor(ids: tree.Tree<Place, string>, places: tree.Tree<string, Place>, nextTurn: number) {
    this.#ids = ids;
    this.#places = places;
    this.#nextTurn = nextTurn;
  }

  /** A queue of jobs that are in their order already. O(n log n) for the sort of their ids. */
  static of(jobs: readonly { jobId: string; priority: number }[]): OrderedQueue {
    const places = jobs.map(({ jobId, priority }, turn) => ({ jobId, place: { priority, turn } }));
    const sorted = places.toSorted((a, b) => byId(a.jobId, b.jobId));
    return new OrderedQueue(
      tree.fromSorted(places.map(({ jobId, place }) => [place, jobId])),
      tree.fromSorted(sorted.map(({ jobId, place }) => [jobId, place])),
      jobs.length,
    );
  }

  /** The job ids in the order in which they will start. Made once a queue, however often it is asked. */
  get ids(): readonly string[] {
    this.#list ??= tree.values(this.#ids);
    return this.#list;
  }

  get size(): number {
    return tree.size(this.#ids);
  }

  has(jobId: string): boolean {
    return tree.find(this.#places, byId, jobId) !== undefined;
  }

  /**
   * The queue with the job behind all others of its priority.
   * @throws when the job waits already: it would have two places.
   */
  add(jobId: string, priority = 0): OrderedQueue {
    if (this.has(jobId)) throw new Error(`job ${jobId} is already in the queue`);
    const place = { priority, turn: this.#nextTurn };
    return new OrderedQueue(
      tree.insert(this.#ids, byPlace, place, jobId),
      tree.insert(this.#places, byId, jobId, place),
      this.#nextTurn + 1,
    );
  }

  /** The queue without the job: everyone behind it moves up by one. The same queue if it did not wait. */
  remove(jobId: string): OrderedQueue {
    const place = tree.find(this.#places, byId, jobId);
    if (place === undefined) return this;
    return new OrderedQueue(
      tree.remove(this.#ids, byPlace, place),
      tree.remove(this.#places, byId, jobId),
      this.#nextTurn,
    );
  }

  /** How many jobs will start before it, from 0; null if it does not wait. */
  position(jobId: string): number | null {
    const place = tree.find(this.#places, byId, jobId);
    return place === undefined ? null : tree.rank(this.#ids, byPlace, place);
  }

  /** The job at a position; undefined beyond the end. */
  at(position: number): string | undefined {
    return tree.select(this.#ids, position);
  }

  /** The job ids in the order in which they will start. */
  [Symbol.iterator](): Iterator<string> {
    return this.ids[Symbol.iterator]();
  }
}
