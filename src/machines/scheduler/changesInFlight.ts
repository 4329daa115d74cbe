import { isOutOf } from '../job/jobSteps.ts';
import type { Transition } from '../ports/journal.ts';
import * as tree from './orderedTree.ts';
import type { Reply } from './schedulerEvents.ts';

/** A change of state that was decided and is not on disk yet, with the way back to its caller. `imported`: a job comes to be, and has ended. */
export type Change = {
  type: Transition['type'] | 'imported';
  reply: Reply | null;
  /** The idempotency key of a submission, or of an import. */
  key: string | null;
};

/** What a decision is while it is under way. */
export function changeOf(transition: Transition, reply: Reply | null): Change {
  const key = transition.type === 'submitted' ? (transition.job.idempotency?.key ?? null) : null;
  return { type: transition.imported ? 'imported' : transition.type, reply, key };
}

/** No run is left of it that had a slot; one that was imported had none. */
const endsRun = ({ type }: Change): boolean => type !== 'imported' && isOutOf('running', type);

const compare: tree.Compare<string> = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The changes under way, at most one a job. A value, as the queue is: every change of it returns a new one in
 * O(log n), and it knows how many there are of each type and of which keys, so that a burst of thousands stays cheap.
 */
export class ChangesInFlight implements Iterable<readonly [jobId: string, change: Change]> {
  static readonly none = new ChangesInFlight(null, null, 0, [], 0);

  readonly #changes: tree.Tree<string, readonly [string, Change]>;
  readonly #keys: tree.Tree<string, string>;
  /** Submissions under way. */
  readonly submissions: number;
  /** Jobs that were decided to start, in order; no more than there are slots. */
  readonly starting: readonly string[];
  /** Runs that have ended: nothing of them is left. */
  readonly endedRuns: number;

  private constructor(
    changes: tree.Tree<string, readonly [string, Change]>,
    keys: tree.Tree<string, string>,
    submissions: number,
    starting: readonly string[],
    endedRuns: number,
  ) {
    this.#changes = changes;
    this.#keys = keys;
    this.submissions = submissions;
    this.starting = starting;
    this.endedRuns = endedRuns;
  }

  get size(): number {
    return tree.size(this.#changes);
  }

  get(jobId: string): Change | undefined {
    return tree.find(this.#changes, compare, jobId)?.[1];
  }

  has(jobId: string): boolean {
    return this.get(jobId) !== undefined;
  }

  /** Whether a submission with this idempotency key is under way. */
  hasKey(key: string): boolean {
    return tree.find(this.#keys, compare, key) !== undefined;
  }

  with(jobId: string, change: Change): ChangesInFlight {
    const rest = this.without(jobId);
    return new ChangesInFlight(
      tree.insert(rest.#changes, compare, jobId, [jobId, change]),
      change.key === null ? rest.#keys : tree.insert(rest.#keys, compare, change.key, jobId),
      rest.submissions + (change.type === 'submitted' ? 1 : 0),
      change.type === 'started' ? [...rest.starting, jobId] : rest.starting,
      rest.endedRuns + (endsRun(change) ? 1 : 0),
    );
  }

  without(jobId: string): ChangesInFlight {
    const change = this.get(jobId);
    if (change === undefined) return this;
    return new ChangesInFlight(
      tree.remove(this.#changes, compare, jobId),
      change.key === null ? this.#keys : tree.remove(this.#keys, compare, change.key),
      this.submissions - (change.type === 'submitted' ? 1 : 0),
      change.type === 'started' ? this.starting.filter((id) => id !== jobId) : this.starting,
      this.endedRuns - (endsRun(change) ? 1 : 0),
    );
  }

  /** Job ids and changes, by job id. */
  [Symbol.iterator](): Iterator<readonly [jobId: string, change: Change]> {
    return tree.values(this.#changes)[Symbol.iterator]();
  }
}
