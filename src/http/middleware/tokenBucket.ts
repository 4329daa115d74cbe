/** Clients that are remembered; beyond it the one that was heard of longest ago is forgotten. */
const MOST_CLIENTS = 10_000;
const MINUTE = 60_000;

/**
 * Takes one of a client's allowance.
 * @returns 0 when it may go on, else the milliseconds after which there is one again.
 */
export type TokenBucket = (client: string) => number;

/**
 * Allows each client so many a minute, all at once if it likes (a token bucket that holds a minute's worth).
 * @param now milliseconds that no clock should move; a clock that is set back gives nothing and takes nothing.
 */
export function createTokenBucket(perMinute: number, now: () => number): TokenBucket {
  const buckets = new Map<string, { left: number; at: number }>();
  const each = MINUTE / perMinute;

  return (client) => {
    const at = now();
    const before = buckets.get(client) ?? { left: perMinute, at };
    const left = Math.min(perMinute, before.left + Math.max(0, at - before.at) / each);
    // Put at the end of the map, whose start is then the one of longest ago.
    buckets.delete(client);
    buckets.set(client, { left: left >= 1 ? left - 1 : left, at });
    const [oldest] = buckets.keys();
    if (buckets.size > MOST_CLIENTS && oldest !== undefined) buckets.delete(oldest);
    return left >= 1 ? 0 : Math.ceil((1 - left) * each);
  };
}
