import { type DevicePool, ONLY_POOL } from '../../schemas/engine/devicePool.ts';

/**
 * The devices of this machine and whose they are. A value, as the queue is: every change returns a new one. A run has its
 * devices from the decision to start it until nothing of it is left.
 */
export class Devices {
  readonly pools: readonly DevicePool[];
  /** All that there are, in the order in which they are given. */
  readonly names: readonly string[];
  readonly #held: ReadonlyMap<string, readonly string[]>;

  private constructor(pools: readonly DevicePool[], held: ReadonlyMap<string, readonly string[]>) {
    this.pools = pools;
    this.names = pools.flatMap(({ devices }) => devices);
    this.#held = held;
  }

  /** @param held job ids and what they have; it may be devices that are no longer given: no job gets those back. */
  static of(pools: readonly DevicePool[], held: Iterable<readonly [string, readonly string[]]> = []): Devices {
    return new Devices(pools, new Map(held));
  }

  /** Those that no job has. */
  get free(): string[] {
    return this.#untaken(this.names);
  }

  /** Those of a pool. */
  freeIn(pool: string | null = null): string[] {
    return this.#untaken(this.pool(pool).devices);
  }

  /** The pool of a name; the first one where there is none of it. */
  pool(name: string | null = null): DevicePool {
    const [first = { name: ONLY_POOL, devices: [], shares: 1 }] = this.pools;
    return this.pools.find((pool) => pool.name === name) ?? first;
  }

  /** How many jobs of one device could be started in a pool now. */
  room(pool: string | null = null): number {
    const { devices, shares } = this.pool(pool);
    return devices.reduce((sum, name) => sum + this.#roomOf(name, shares), 0);
  }

  /**
   * So many devices that are free now, of one that may be shared the one that the fewest jobs have; null when there are fewer: the job
   * waits. None when there are not so many at all, for waiting would not help: such a job is to be started, and fails with the reason.
   */
  pick(count: number, pool: string | null = null): readonly string[] | null {
    const { devices, shares } = this.pool(pool);
    if (count > devices.length) return [];
    const needed = count === 1 ? 1 : shares;
    const rooms = devices.map((name) => ({ name, room: this.#roomOf(name, shares) }));
    const fit = rooms.filter(({ room }) => room >= needed).sort((a, b) => b.room - a.room);
    return fit.length < count ? null : fit.slice(0, count).map(({ name }) => name);
  }

  /** @throws when one of them has no room for another: two runs would share it that may not. */
  hold(jobId: string, names: readonly string[]): Devices {
    const others = this.release(jobId);
    const shares = (name: string) => this.pools.find(({ devices }) => devices.includes(name))?.shares ?? 1;
    const needed = (name: string) => (names.length === 1 ? 1 : shares(name));
    const taken = names.find((name) => others.#roomOf(name, shares(name)) < needed(name));
    if (taken !== undefined)
      throw new Error(`device ${taken} is job ${others.ownersOf(taken)[0]}'s, not free for ${jobId}`);
    return new Devices(this.pools, new Map(this.#held).set(jobId, names));
  }

  /** The job has none any more. */
  release(jobId: string): Devices {
    if (!this.#held.has(jobId)) return this;
    const held = new Map(this.#held);
    held.delete(jobId);
    return new Devices(this.pools, held);
  }

  /** The devices of a job. */
  of(jobId: string): readonly string[] {
    return this.#held.get(jobId) ?? [];
  }

  /** The jobs that have a device, the first first; none: it is free. */
  ownersOf(name: string): string[] {
    return [...this.#held].flatMap(([jobId, names]) => (names.includes(name) ? [jobId] : []));
  }

  #untaken(names: readonly string[]): string[] {
    const taken = new Set([...this.#held.values()].flat());
    return names.filter((name) => !taken.has(name));
  }

  #roomOf(name: string, shares: number): number {
    const owners = this.ownersOf(name);
    const isWhole = owners.some((jobId) => this.of(jobId).length > 1);
    return isWhole ? 0 : Math.max(0, shares - owners.length);
  }
}
