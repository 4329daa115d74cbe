import * as tree from './orderedTree.ts';

/** The file by which a checkpoint is known to be whole. */
export type Checkpoint = {
  /** Absolute path. */
  file: string;
  /** When it is waited for no longer, by the journal's time; null: never. */
  until: number | null;
};

/** What keeps a job from starting in its turn, beside all that holds every job. */
export type Hold = {
  /** Null: none is waited for, or it is there. */
  checkpoint: Checkpoint | null;
  /** Jobs that have to end before it and have not. */
  after: readonly string[];
  /** Whether it starts however those end; else each has to complete. */
  isAfterAny: boolean;
};

/** A job that waits for a checkpoint. */
export type AwaitedCheckpoint = { jobId: string; checkpoint: Checkpoint };

/** A job that can never start: one that had to complete before it did not. */
export type Doomed = { jobId: string; after: string };

type Parts = {
  readonly holds: tree.Tree<string, Hold>;
  /** Those of them that wait for a checkpoint. */
  readonly checkpoints: tree.Tree<string, AwaitedCheckpoint>;
  /** By the job that is waited for, those that wait for it. */
  readonly dependents: tree.Tree<string, tree.Tree<string, string>>;
  readonly doomed: tree.Tree<string, Doomed>;
};

/** Doomed jobs that are looked at for one to cancel: as many are cancelled at a time, and the next when those are. */
const MOST_DOOMED = 100;

const byId: tree.Compare<string> = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Which waiting jobs are held, and by what. A value: every change returns new ones, in O(log n) for each job and each that it waits for. */
export class Holds {
  static readonly none = new Holds({ holds: null, checkpoints: null, dependents: null, doomed: null });

  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What holds a job; undefined when nothing does. */
  of(jobId: string): Hold | undefined {
    return tree.find(this.#parts.holds, byId, jobId);
  }

  /** How many jobs wait for a checkpoint. */
  get checkpoints(): number {
    return tree.size(this.#parts.checkpoints);
  }

  /** Jobs that wait for a checkpoint, at most `most`, by their id from the one at `from` on, and around. */
  checkpointsFrom(from: number, most: number): AwaitedCheckpoint[] {
    const { checkpoints } = this.#parts;
    const all = tree.size(checkpoints);
    return Array.from({ length: Math.min(most, all) }, (_, step) => tree.at(checkpoints, (from + step) % all)).filter(
      (found) => found !== undefined,
    );
  }

  /** A job that is to be cancelled and is not busy; undefined when there is none among the first of them. */
  doomed(isBusy: (jobId: string) => boolean): Doomed | undefined {
    for (let index = 0; index < MOST_DOOMED; index++) {
      const found = tree.at(this.#parts.doomed, index);
      if (found === undefined || !isBusy(found.jobId)) return found;
    }
    return undefined;
  }

  /** Holds a job. One that nothing holds is left out. */
  add(jobId: string, hold: Hold): Holds {
    const { checkpoint, after } = hold;
    if (checkpoint === null && after.length === 0) return this;
    const { holds, checkpoints, dependents } = this.#parts;
    return this.#with({
      holds: tree.insert(holds, byId, jobId, hold),
      checkpoints: checkpoint === null ? checkpoints : tree.insert(checkpoints, byId, jobId, { jobId, checkpoint }),
      dependents: after.reduce(
        (all, id) => tree.insert(all, byId, id, tree.insert(tree.find(all, byId, id) ?? null, byId, jobId, jobId)),
        dependents,
      ),
    });
  }

  /** Forgets a job that waits no longer. */
  drop(jobId: string): Holds {
    const hold = this.of(jobId);
    return hold === undefined
      ? this
      : this.#without(jobId, hold).#with({ doomed: tree.remove(this.#parts.doomed, byId, jobId) });
  }

  /** The checkpoints of jobs are there, or are waited for no longer. */
  seen(jobIds: readonly string[]): Holds {
    return jobIds.reduce((all: Holds, jobId) => {
      const hold = all.of(jobId);
      return hold === undefined ? all : all.#without(jobId, hold).add(jobId, { ...hold, checkpoint: null });
    }, this);
  }

  /** Whether a job that waits has to come after this one, or is doomed by it: it is not to be forgotten before that is written. */
  isAwaited(jobId: string): boolean {
    return tree.find(this.#parts.dependents, byId, jobId) !== undefined;
  }

  /** Jobs that wait for the end of a job, or are doomed by it. */
  dependentsOf(jobId: string): readonly string[] {
    return tree.values(tree.find(this.#parts.dependents, byId, jobId) ?? null);
  }

  /** A job has ended: those that wait for it wait for one less, or can never start. */
  ended(jobId: string, isCompleted: boolean): Holds {
    return this.dependentsOf(jobId).reduce((all: Holds, id) => all.#endedFor(id, jobId, isCompleted), this);
  }

  #endedFor(jobId: string, ended: string, isCompleted: boolean): Holds {
    const hold = this.of(jobId);
    if (hold === undefined) return this;
    if (isCompleted || hold.isAfterAny) {
      return this.#without(jobId, hold).add(jobId, { ...hold, after: hold.after.filter((id) => id !== ended) });
    }
    // It stays held until it is cancelled, which has to be written: nothing that comes meanwhile lets it start.
    const { doomed } = this.#parts;
    return this.#with({
      doomed: tree.insert(doomed, byId, jobId, tree.find(doomed, byId, jobId) ?? { jobId, after: ended }),
    });
  }

  /** Without a hold. A job that is doomed is still. */
  #without(jobId: string, { after }: Hold): Holds {
    const { holds, checkpoints, dependents } = this.#parts;
    return this.#with({
      holds: tree.remove(holds, byId, jobId),
      checkpoints: tree.remove(checkpoints, byId, jobId),
      dependents: after.reduce((all, id) => without(all, id, jobId), dependents),
    });
  }

  #with(parts: Partial<Parts>): Holds {
    return new Holds({ ...this.#parts, ...parts });
  }
}

function without(dependents: Parts['dependents'], id: string, jobId: string): Parts['dependents'] {
  const rest = tree.remove(tree.find(dependents, byId, id) ?? null, byId, jobId);
  return rest === null ? tree.remove(dependents, byId, id) : tree.insert(dependents, byId, id, rest);
}
