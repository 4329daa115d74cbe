import * as trie from './hashTrie.ts';
import * as lane from './turns.ts';

/** A job's place: higher priority first, then first in, first out. `turn` is unique and grows with each arrival. */
export type Place = { readonly priority: number; readonly turn: number };

/** The jobs of one priority, by their turns. */
type Lane = { readonly priority: number; readonly jobs: lane.Turns<string> };

/**
 * The jobs that wait, in the order in which they will start. A value: every change returns a new queue in O(log n),
 * so that the scheduler's snapshots stay what they were. Only jobs that wait are in it; those that were cancelled or
 * started cost nothing. There are as many lanes as priorities are waited with: mostly one.
 */
export class OrderedQueue implements Iterable<string> {
  static readonly empty = new OrderedQueue([], null, 0);

  /** The highest priority first; none is empty. */
  readonly #lanes: readonly Lane[];
  readonly #places: trie.Trie<Place>;
  readonly #nextTurn: number;
  #list: readonly string[] | undefined;

  private constructor(lanes: readonly Lane[], places: trie.Trie<Place>, nextTurn: number) {
    this.#lanes = lanes;
    this.#places = places;
    this.#nextTurn = nextTurn;
  }

  /** A queue of jobs that are in the order in which they will start, each once. `turn` grows with each arrival. */
  static of(jobs: readonly { jobId: string; priority: number; turn: number }[]): OrderedQueue {
    let places: trie.Trie<Place> = null;
    for (const { jobId, priority, turn } of jobs) places = trie.set(places, jobId, { priority, turn });
    const entries = jobs.map(({ jobId, priority, turn }) => ({ priority, entry: [turn, jobId] as const }));
    const lanes = [...Map.groupBy(entries, ({ priority }) => priority)].map(([priority, those]) => {
      return { priority, jobs: lane.fromSorted(those.map(({ entry }) => entry)) };
    });
    return new OrderedQueue(lanes, places, 1 + jobs.reduce((last, { turn }) => Math.max(last, turn), -1));
  }

  /** The job ids in the order in which they will start. Made once a queue, however often it is asked. */
  get ids(): readonly string[] {
    if (this.#list === undefined) {
      const ids: string[] = [];
      for (const { jobs } of this.#lanes) lane.values(jobs, ids);
      this.#list = ids;
    }
    return this.#list;
  }

  get size(): number {
    return this.#lanes.reduce((sum, { jobs }) => sum + lane.size(jobs), 0);
  }

  has(jobId: string): boolean {
    return trie.find(this.#places, jobId) !== undefined;
  }

  /**
   * The queue with the job behind all others of its priority.
   * @throws when the job waits already: it would have two places.
   */
  add(jobId: string, priority = 0): OrderedQueue {
    if (this.has(jobId)) throw new Error(`job ${jobId} is already in the queue`);
    const turn = this.#nextTurn;
    const lanes = this.#changed(priority, (jobs) => lane.insert(jobs, turn, jobId));
    return new OrderedQueue(lanes, trie.set(this.#places, jobId, { priority, turn }), turn + 1);
  }

  /** The queue without the job: everyone behind it moves up by one. The same queue if it did not wait. */
  remove(jobId: string): OrderedQueue {
    const place = trie.find(this.#places, jobId);
    if (place === undefined) return this;
    const lanes = this.#changed(place.priority, (jobs) => lane.remove(jobs, place.turn));
    return new OrderedQueue(lanes, trie.remove(this.#places, jobId), this.#nextTurn);
  }

  /** The queue with another priority of a job: within it, it stands where it came. The same queue if it does not wait. */
  reprioritise(jobId: string, priority: number): OrderedQueue {
    const place = trie.find(this.#places, jobId);
    if (place === undefined) return this;
    const { turn } = place;
    const rest = this.remove(jobId);
    const lanes = rest.#changed(priority, (jobs) => lane.insert(jobs, turn, jobId));
    return new OrderedQueue(lanes, trie.set(rest.#places, jobId, { priority, turn }), this.#nextTurn);
  }

  /** Where a job stands, which stays the same for as long as it waits with the same priority; undefined if it does not. */
  placeOf(jobId: string): Place | undefined {
    return trie.find(this.#places, jobId);
  }

  /**
   * How many jobs will start before it, from 0; null if it does not wait.
   * @param place where it stands, or stood: known from before, it need not be looked up, which costs most of this.
   */
  position(jobId: string, place = this.placeOf(jobId)): number | null {
    if (place === undefined) return null;
    let ahead = 0;
    for (const { priority, jobs } of this.#lanes) {
      if (priority === place.priority) {
        const before = lane.rank(jobs, place.turn, jobId);
        return before === null ? null : ahead + before;
      }
      ahead += lane.size(jobs);
    }
    return null;
  }

  /** The job at a position; undefined beyond the end. */
  at(position: number): string | undefined {
    let rest = position;
    for (const { jobs } of this.#lanes) {
      const size = lane.size(jobs);
      if (rest < size) return lane.select(jobs, rest);
      rest -= size;
    }
    return undefined;
  }

  /** The job ids in the order in which they will start. */
  [Symbol.iterator](): Iterator<string> {
    return this.ids[Symbol.iterator]();
  }

  /** The lanes with one of them changed; it is made where there is none yet, and goes when nobody waits in it. */
  #changed(priority: number, change: (jobs: Lane['jobs']) => Lane['jobs']): readonly Lane[] {
    const index = this.#lanes.findIndex((lane) => lane.priority <= priority);
    const at = index === -1 ? this.#lanes.length : index;
    const found = this.#lanes[at]?.priority === priority ? this.#lanes[at] : undefined;
    const jobs = change(found?.jobs ?? null);
    return this.#lanes.toSpliced(at, found === undefined ? 0 : 1, ...(jobs === null ? [] : [{ priority, jobs }]));
  }
}
