import type { Delivery } from '../journal/contract.ts';

/** Posts under way at a time, in all and to one host. */
export const MAX_IN_FLIGHT = 8;
export const MAX_PER_HOST = 2;

/** Hosts of which it is remembered when they were last served. */
const MAX_REMEMBERED = 1_000;

/** Shares the posts under way among the hosts, so that those of a slow one do not keep the others waiting. */
export class Turns {
  /** Hosts by when they were last served, the longest ago first. */
  readonly #served = new Set<string>();

  /**
   * The deliveries to begin now. Hosts take turns: the one that was served longest ago is first.
   * @param due the longest due first, those under way included.
   */
  next(due: readonly Delivery[], inFlight: ReadonlyMap<number, Delivery>): Delivery[] {
    const places = new Map<string, number>();
    for (const { host } of inFlight.values()) places.set(host, (places.get(host) ?? 0) + 1);
    const waiting = Map.groupBy(
      due.filter(({ number }) => !inFlight.has(number)),
      ({ host }) => host,
    );
    const chosen: Delivery[] = [];
    for (let round = 0; round < MAX_PER_HOST; round++) {
      for (const host of this.#inTurn([...waiting.keys()])) {
        if (inFlight.size + chosen.length >= MAX_IN_FLIGHT) return chosen;
        const taken = places.get(host) ?? 0;
        const delivery = waiting.get(host)?.[round];
        if (delivery === undefined || taken >= MAX_PER_HOST) continue;
        places.set(host, taken + 1);
        chosen.push(delivery);
        this.#serve(host);
      }
    }
    return chosen;
  }

  #inTurn(hosts: string[]): string[] {
    const turns = new Map([...this.#served].map((host, turn) => [host, turn]));
    return hosts.sort((a, b) => (turns.get(a) ?? -1) - (turns.get(b) ?? -1));
  }

  #serve(host: string): void {
    this.#served.delete(host);
    this.#served.add(host);
    const [oldest] = this.#served;
    if (this.#served.size > MAX_REMEMBERED && oldest !== undefined) this.#served.delete(oldest);
  }
}
