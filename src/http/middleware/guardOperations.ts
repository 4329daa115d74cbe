import type { Hono, MiddlewareHandler } from 'hono';
import type { Operation } from '../operation.ts';
import { type BodyGuard, refuseForms } from './bodies.ts';
import { type CallerEnv, clientOf } from './caller.ts';
import { createTokenBucket } from './tokenBucket.ts';

/**
 * Puts before each route that changes something what its description asks for: a limit of how often, of how much is read,
 * and that nothing but JSON is sent. Call it before the routes are added.
 */
export function guardOperations(
  app: Hono<CallerEnv>,
  operations: readonly Operation[],
  { bodies, limit }: { bodies: BodyGuard; limit: SubmissionLimit },
): void {
  const submissions = limitSubmissions(limit);
  for (const { method, path, body, startsWork } of operations) {
    if (method === 'get') continue;
    const route = [method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1')] as const;
    if (startsWork === true) app.on(...route, submissions);
    app.on(...route, body === undefined ? refuseForms : bodies.read);
  }
}

/**
 * Takes one of what a client may start in a minute. All that starts work shares it.
 * @returns why it may not be started now, and the seconds after which it may; null: it may.
 */
export type SubmissionLimit = (client: string) => { detail: string; seconds: number } | null;

/** @param perMinute 0: any number. @param now milliseconds that no clock moves. */
export function createSubmissionLimit(perMinute: number, now: () => number): SubmissionLimit {
  if (perMinute === 0) return () => null;
  const take = createTokenBucket(perMinute, now);
  return (client) => {
    const wait = take(client);
    if (wait === 0) return null;
    const seconds = Math.ceil(wait / 1_000);
    const detail = `You have submitted ${perMinute} times in a minute, which is as often as one may; try again in ${seconds} s`;
    return { detail, seconds };
  };
}

/** Refuses what starts work from a client that has started too much of it in the last minute. */
const limitSubmissions =
  (limit: SubmissionLimit): MiddlewareHandler =>
  async (c, next) => {
    const refused = limit(clientOf(c));
    if (refused === null) return next();
    return c.json({ detail: refused.detail }, 429, { 'Retry-After': String(refused.seconds) });
  };
