import type { Hono, MiddlewareHandler } from 'hono';
import type { Operation } from '../operation.ts';
import { type BodyGuard, refuseForms } from './bodies.ts';
import { type CallerEnv, clientOf } from './caller.ts';
import type { RequestRules } from './requestChecks.ts';
import { createTokenBucket } from './tokenBucket.ts';

/**
 * Puts before each route that changes something what its description asks for: a limit of how often, of how much is read,
 * and that nothing but JSON is sent. Call it before the routes are added.
 */
export function guardOperations(
  app: Hono<CallerEnv>,
  operations: readonly Operation[],
  { rules, bodies, now }: { rules: RequestRules; bodies: BodyGuard; now: () => number },
): void {
  const submissions = limitSubmissions(rules.submissionsPerMinute, now);
  for (const { method, path, body, startsWork } of operations) {
    if (method === 'get') continue;
    const route = [method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1')] as const;
    if (startsWork === true) app.on(...route, submissions);
    app.on(...route, body === undefined ? refuseForms : bodies.read);
  }
}

/**
 * Refuses what starts work from a client that has started too much of it in the last minute. All routes share it.
 * @param perMinute 0: any number. @param now milliseconds that no clock moves.
 */
function limitSubmissions(perMinute: number, now: () => number): MiddlewareHandler {
  if (perMinute === 0) return (_c, next) => next();
  const take = createTokenBucket(perMinute, now);
  return async (c, next) => {
    const wait = take(clientOf(c));
    if (wait === 0) return next();
    const seconds = Math.ceil(wait / 1_000);
    const detail = `You have submitted ${perMinute} times in a minute, which is as often as one may; try again in ${seconds} s`;
    return c.json({ detail }, 429, { 'Retry-After': String(seconds) });
  };
}
