/**
 * The devices of this machine and whose they are. A value, as the queue is: every change returns a new one. A run has its
 * devices from the decision to start it until nothing of it is left.
 */
export class Devices {
  /** All that there are, in the order in which they are given. */
  readonly names: readonly string[];
  readonly #held: ReadonlyMap<string, readonly string[]>;

  private constructor(names: readonly string[], held: ReadonlyMap<string, readonly string[]>) {
    this.names = names;
    this.#held = held;
  }

  /** @param held job ids and what they have; it may be devices that are no longer given: no job gets those back. */
  static of(names: readonly string[], held: Iterable<readonly [string, readonly string[]]> = []): Devices {
    return new Devices(names, new Map(held));
  }

  get free(): string[] {
    const taken = new Set([...this.#held.values()].flat());
    return this.names.filter((name) => !taken.has(name));
  }

  /**
   * So many devices that are free now; null when there are fewer: the job waits. None when there are not so
   * many at all, for waiting would not help: such a job is to be started, and fails with the reason.
   */
  pick(count: number): readonly string[] | null {
    if (count > this.names.length) return [];
    const { free } = this;
    return free.length < count ? null : free.slice(0, count);
  }

  /** @throws when one of them is held by another: two runs would share it. */
  hold(jobId: string, names: readonly string[]): Devices {
    const taken = names.find((name) => (this.ownerOf(name) ?? jobId) !== jobId);
    if (taken !== undefined) throw new Error(`device ${taken} is job ${this.ownerOf(taken)}'s, not free for ${jobId}`);
    return new Devices(this.names, new Map(this.#held).set(jobId, names));
  }

  /** The job has none any more. */
  release(jobId: string): Devices {
    if (!this.#held.has(jobId)) return this;
    const held = new Map(this.#held);
    held.delete(jobId);
    return new Devices(this.names, held);
  }

  /** The devices of a job. */
  of(jobId: string): readonly string[] {
    return this.#held.get(jobId) ?? [];
  }

  /** The job whose own a device is; null: it is free. */
  ownerOf(name: string): string | null {
    for (const [jobId, names] of this.#held) if (names.includes(name)) return jobId;
    return null;
  }
}
