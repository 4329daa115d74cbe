import { OrderedQueue, rankOf, type Standing } from './orderedQueue.ts';
import * as tree from './orderedTree.ts';
import { VersionedMap } from './versionedMap.ts';

/** A job that comes to wait. The caller is the name of its token; null: it had none. */
export type Arrival = { jobId: string; priority: number; sequence: number; caller: string | null };

type Entry = Omit<Arrival, 'jobId'> & { isPassed: boolean };

/** Those of one caller and one priority that may start, in the order in which they came. */
type Lane = { jobs: OrderedQueue; priority: number; first: number; since: number };

/**
 * A turn of a caller within a priority: its n-th job that may start has the turn of the round `first + n` of its lane. In a round callers
 * take turns in the order in which they came.
 */
type Turn = { priority: number; round: number; since: number; lane: string };

const byTurn: tree.Compare<Turn> = (a, b) => b.priority - a.priority || a.round - b.round || a.since - b.since;
const byRank: tree.Compare<number> = (a, b) => a - b;

type Parts = {
  readonly entries: VersionedMap<string, Entry>;
  /** One that is empty remembers which round its caller has had. */
  readonly lanes: VersionedMap<string, Lane>;
  readonly turns: tree.Tree<Turn, Turn>;
  /** Those that are passed over, by their priority, then as they came. */
  readonly passed: tree.Tree<number, string>;
  /** Of each priority the round of the turn that was taken last. */
  readonly rounds: ReadonlyMap<number, number>;
};

const laneName = ({ priority, caller }: Pick<Entry, 'priority' | 'caller'>): string => `${priority} ${caller ?? ''}`;

/**
 * Jobs that wait, in turns by caller within a priority: each caller that has a job which may start has one turn in a round, and
 * what it submits beyond that waits for later rounds. One that comes takes part in the round that is under way. A value, as `OrderedQueue` is,
 * and as quick: a turn belongs to the caller, so that a job which is cancelled costs the last one of its caller, and moves nothing else.
 *
 * A job that is passed over has no turn: it is behind those of its priority that may start, and takes its caller's next turn when it may.
 */
export class FairQueue {
  readonly #parts: Parts;
  #list: readonly string[] | undefined;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * A queue of jobs that waited before, each once, in the order in which they came.
   * @param served callers of whom a job runs: they have had their turn of the first round.
   */
  static of(jobs: readonly Arrival[], served: ReadonlySet<string | null> = new Set()): FairQueue {
    const own = new Map<string, Arrival[]>();
    for (const job of jobs) {
      const name = laneName(job);
      const others = own.get(name);
      if (others === undefined) own.set(name, [job]);
      else others.push(job);
    }
    const lanes = [...own].flatMap(([name, all]): [string, Lane][] => {
      const [oldest] = all;
      if (oldest === undefined) return [];
      const { priority, sequence: since, caller } = oldest;
      return [[name, { jobs: OrderedQueue.of(all), priority, first: served.has(caller) ? 1 : 0, since }]];
    });
    const turns = lanes.flatMap(([lane, { jobs, priority, first, since }]) =>
      Array.from({ length: jobs.size }, (_, index): Turn => ({ priority, round: first + index, since, lane })),
    );
    return new FairQueue({
      entries: VersionedMap.of(jobs.map(({ jobId, ...entry }) => [jobId, { ...entry, isPassed: false }])),
      lanes: VersionedMap.of(lanes),
      turns: tree.fromSorted(turns.sort(byTurn).map((turn) => [turn, turn])),
      passed: null,
      rounds: new Map(),
    });
  }

  /** The job ids in the order in which they will start, as far as it is known now. Made once a queue. */
  get ids(): readonly string[] {
    this.#list ??= this.#ids();
    return this.#list;
  }

  get size(): number {
    return tree.size(this.#parts.turns) + tree.size(this.#parts.passed);
  }

  has(jobId: string): boolean {
    return this.#parts.entries.get(jobId) !== undefined;
  }

  /** As of `OrderedQueue`. */
  rank(jobId: string): number | undefined {
    const entry = this.#parts.entries.get(jobId);
    return entry && rankOf(entry.priority, entry.sequence);
  }

  /** The queue with a job more. @throws when it waits already. */
  add({ jobId, ...arrival }: Arrival): FairQueue {
    if (this.has(jobId)) throw new Error(`job ${jobId} is already in the queue`);
    return this.#entered(jobId, { ...arrival, isPassed: false });
  }

  /** The queue without a job: what its caller has behind it moves up by a turn. The same queue if it did not wait. */
  remove(jobId: string): FairQueue {
    const entry = this.#parts.entries.get(jobId);
    if (entry === undefined) return this;
    const { entries, passed } = this.#parts;
    const left = entry.isPassed
      ? { passed: tree.remove(passed, byRank, rankOf(entry.priority, entry.sequence)) }
      : this.#left(jobId, entry);
    return this.#with({ ...left, entries: entries.without(jobId) });
  }

  /** The queue without a job that starts: if it was its caller's next one it has had the turn. The same queue if it did not wait. */
  start(jobId: string): FairQueue {
    const { entries, lanes, turns, rounds } = this.#parts;
    const entry = entries.get(jobId);
    const name = entry && laneName(entry);
    const lane = name === undefined ? undefined : lanes.get(name);
    // One that passed others has taken nothing from them.
    if (entry === undefined || name === undefined || lane?.jobs.next(0) !== jobId) return this.remove(jobId);
    const { priority, first: round, since } = lane;
    return this.#with({
      entries: entries.without(jobId),
      lanes: lanes.with(name, { ...lane, jobs: lane.jobs.remove(jobId), first: round + 1 }),
      turns: tree.remove(turns, byTurn, { priority, round, since, lane: name }),
      rounds: new Map(rounds).set(priority, Math.max(rounds.get(priority) ?? 0, round)),
    });
  }

  /** The queue with a job that `next` passes over. The same queue if it does not wait. */
  pass(jobId: string): FairQueue {
    const entry = this.#parts.entries.get(jobId);
    return entry === undefined || entry.isPassed
      ? this
      : this.remove(jobId).#entered(jobId, { ...entry, isPassed: true });
  }

  /** The queue with a job that may start again, where it came among those of its caller. */
  admit(jobId: string): FairQueue {
    const entry = this.#parts.entries.get(jobId);
    return entry?.isPassed ? this.remove(jobId).#entered(jobId, { ...entry, isPassed: false }) : this;
  }

  /** The queue with another priority of a job: within it, it is where it came among those of its caller. */
  reprioritise(jobId: string, priority: number): FairQueue {
    const entry = this.#parts.entries.get(jobId);
    return entry === undefined ? this : this.remove(jobId).#entered(jobId, { ...entry, priority });
  }

  /** Where a job is in the queue; null if it does not wait. O(log n). */
  standing(jobId: string): Standing | null {
    const { entries, lanes, turns, passed } = this.#parts;
    const entry = entries.get(jobId);
    if (entry === undefined) return null;
    const { priority, sequence, isPassed } = entry;
    if (isPassed) {
      const ahead = this.#turnsDownTo(priority);
      return { position: ahead + tree.rank(passed, byRank, rankOf(priority, sequence)), ahead };
    }
    const name = laneName(entry);
    const lane = lanes.get(name);
    const index = lane?.jobs.standing(jobId)?.position;
    if (lane === undefined || index === undefined) return null;
    const ahead = tree.rank(turns, byTurn, { priority, round: lane.first + index, since: lane.since, lane: name });
    // Those that are passed over come behind the others of their priority.
    return { position: ahead + tree.rank(passed, byRank, rankOf(priority, 0)), ahead };
  }

  /** The job with so many before it that may start, of those that may themselves; undefined beyond the last. O(log n). */
  next(ahead: number): string | undefined {
    const turn = tree.at(this.#parts.turns, ahead);
    if (turn === undefined) return undefined;
    const lane = this.#parts.lanes.get(turn.lane);
    return lane?.jobs.next(turn.round - lane.first);
  }

  #ids(): string[] {
    const { lanes, turns, passed, entries } = this.#parts;
    const held = tree.values(passed);
    const found: string[] = [];
    let at = 0;
    const takeHeld = (isBefore: (priority: number) => boolean) => {
      for (let id = held[at]; id !== undefined && isBefore(entries.get(id)?.priority ?? 0); id = held[at]) {
        found.push(id);
        at += 1;
      }
    };
    for (const turn of tree.values(turns)) {
      takeHeld((priority) => priority > turn.priority);
      const lane = lanes.get(turn.lane);
      const id = lane?.jobs.ids[turn.round - lane.first];
      if (id !== undefined) found.push(id);
    }
    takeHeld(() => true);
    return found;
  }

  /** How many turns there are of a priority and of higher ones. */
  #turnsDownTo(priority: number): number {
    return tree.rank(this.#parts.turns, byTurn, { priority, round: Number.POSITIVE_INFINITY, since: 0, lane: '' });
  }

  /** The round that is under way of a priority: that of the turn that was taken last, as long as none of an earlier one is left. */
  #round(priority: number): number {
    const { turns, rounds } = this.#parts;
    const before = tree.rank(turns, byTurn, { priority, round: -1, since: 0, lane: '' });
    const next = tree.at(turns, before);
    const last = rounds.get(priority) ?? 0;
    return next?.priority === priority ? Math.min(next.round, last) : last;
  }

  #entered(jobId: string, entry: Entry): FairQueue {
    const { entries, lanes, turns, passed } = this.#parts;
    const known = { entries: entries.with(jobId, entry) };
    const { priority, sequence, isPassed } = entry;
    if (isPassed)
      return this.#with({ ...known, passed: tree.insert(passed, byRank, rankOf(priority, sequence), jobId) });
    const name = laneName(entry);
    const old = lanes.get(name);
    const lane = old === undefined || old.jobs.size === 0 ? this.#begun(priority, sequence, old) : old;
    const turn = { priority, round: lane.first + lane.jobs.size, since: lane.since, lane: name };
    return this.#with({
      ...known,
      lanes: lanes.with(name, { ...lane, jobs: lane.jobs.add(jobId, priority, sequence) }),
      turns: tree.insert(turns, byTurn, turn, turn),
    });
  }

  /** The lane of a caller that had no job that may start. One that has had its turn of the round under way comes in the next where it came in this one. */
  #begun(priority: number, sequence: number, old: Lane | undefined): Lane {
    const round = this.#round(priority);
    if (old !== undefined && old.first > round) return old;
    return { jobs: OrderedQueue.empty, priority, first: round, since: sequence };
  }

  /** Without a job that may start: its caller has a turn less, the last one. */
  #left(jobId: string, entry: Entry): Pick<Parts, 'lanes' | 'turns'> {
    const { lanes, turns } = this.#parts;
    const name = laneName(entry);
    const lane = lanes.get(name);
    if (lane === undefined) return { lanes, turns };
    const { priority, since, first } = lane;
    const turn = { priority, round: first + lane.jobs.size - 1, since, lane: name };
    return {
      lanes: lanes.with(name, { ...lane, jobs: lane.jobs.remove(jobId) }),
      turns: tree.remove(turns, byTurn, turn),
    };
  }

  #with(parts: Partial<Parts>): FairQueue {
    return new FairQueue({ ...this.#parts, ...parts });
  }
}
