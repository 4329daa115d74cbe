import type { MiddlewareHandler } from 'hono';
import { createAllowance } from './allowance.ts';
import { clientOf } from './client.ts';

/**
 * Refuses what starts work from a client that has started too much of it in the last minute. All routes share it.
 * @param perMinute 0: any number. @param now milliseconds that no clock moves.
 */
export function limitSubmissions(perMinute: number, now: () => number): MiddlewareHandler {
  if (perMinute === 0) return (_c, next) => next();
  const take = createAllowance(perMinute, now);
  return async (c, next) => {
    const wait = take(clientOf(c));
    if (wait === 0) return next();
    const seconds = Math.ceil(wait / 1_000);
    const detail = `You have submitted ${perMinute} times in a minute, which is as often as one may; try again in ${seconds} s`;
    return c.json({ detail }, 429, { 'Retry-After': String(seconds) });
  };
}
