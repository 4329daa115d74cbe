import type { Context } from 'hono';
import { EvaldError } from '../../schemas/errors/errors.ts';
import { clientOf } from './caller.ts';

/**
 * Takes a permit for an answer that stays open: a stream, a followed log, a wait.
 * @returns gives it back; to be called once or more. @throws EvaldError `tooManyStreams`.
 */
export type Acquire = (c: Context) => () => void;

export type ConcurrencyLimits = {
  /** Of all clients together. */
  most: number;
  /** Of one client, so that none can take them all. */
  share: number;
};

/** The usual limits for so many permits: one client may have half. */
export const concurrencyLimits = (most: number): ConcurrencyLimits => ({ most, share: Math.ceil(most / 2) });

/** Bounds how many answers are open at a time. @param what they are, for refusals. */
export function createConcurrencyLimit(
  { most, share }: ConcurrencyLimits,
  what = 'streams, followed logs and waits',
): Acquire {
  const taken = new Map<string, number>();
  let all = 0;
  return (c) => {
    const client = clientOf(c);
    const own = taken.get(client) ?? 0;
    if (all >= most) throw full(`${most} ${what} are open`);
    if (own >= share) throw full(`${share} ${what} of yours are open`);
    all += 1;
    taken.set(client, own + 1);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      all -= 1;
      const left = (taken.get(client) ?? 1) - 1;
      if (left === 0) taken.delete(client);
      else taken.set(client, left);
    };
  };
}

/** Takes a permit of each. */
export function acquireBoth(first: Acquire, second: Acquire): Acquire {
  return (c) => {
    const release = first(c);
    try {
      const releaseOther = second(c);
      return () => {
        release();
        releaseOther();
      };
    } catch (error) {
      release();
      throw error;
    }
  };
}

const full = (what: string) => new EvaldError('tooManyStreams', `${what}; no more can be. Try again later.`);
