import type { Delivery } from '../machines/ports/journal.ts';

/** Posts under way at a time, in all and to one host. */
export const MAX_IN_FLIGHT = 8;
export const MAX_PER_HOST = 2;

/** Hosts of which it is remembered when they were last served. */
const MAX_REMEMBERED = 1_000;

/** Shares the posts under way among the hosts, so that those of a slow one do not keep the others waiting. */
export class HostFairness {
  /** Hosts by when they were last served, the longest ago first. */
  readonly #served = new Set<string>();

  /**
   * The deliveries to post now: round robin, from the host that was served longest ago.
   * @param due the longest due first, those under way included.
   */
  next(due: readonly Delivery[], inFlight: ReadonlyMap<number, Delivery>): Delivery[] {
    const taken = new Map<string, number>();
    for (const { host } of inFlight.values()) taken.set(host, (taken.get(host) ?? 0) + 1);
    const waiting = Map.groupBy(
      due.filter(({ number }) => !inFlight.has(number)),
      ({ host }) => host,
    );
    const chosen: Delivery[] = [];
    for (let round = 0; round < MAX_PER_HOST; round++) {
      for (const host of this.#inOrder([...waiting.keys()])) {
        if (inFlight.size + chosen.length >= MAX_IN_FLIGHT) return chosen;
        const ofHost = taken.get(host) ?? 0;
        const delivery = waiting.get(host)?.[round];
        if (delivery === undefined || ofHost >= MAX_PER_HOST) continue;
        taken.set(host, ofHost + 1);
        chosen.push(delivery);
        this.#serve(host);
      }
    }
    return chosen;
  }

  #inOrder(hosts: string[]): string[] {
    const order = new Map([...this.#served].map((host, at) => [host, at]));
    return hosts.sort((a, b) => (order.get(a) ?? -1) - (order.get(b) ?? -1));
  }

  #serve(host: string): void {
    this.#served.delete(host);
    this.#served.add(host);
    const [oldest] = this.#served;
    if (this.#served.size > MAX_REMEMBERED && oldest !== undefined) this.#served.delete(oldest);
  }
}
