import type { Hono } from 'hono';
import type { Operation } from '../operation.ts';
import { type BodyGuard, refuseForms } from './bodies.ts';
import type { CallerEnv } from './caller.ts';
import type { GuardRules } from './rules.ts';
import { limitSubmissions } from './submissions.ts';

/**
 * Puts before each route that changes something what its description asks for: a limit of how often, of how much is read,
 * and that nothing but JSON is sent. Call it before the routes are added.
 */
export function guardOperations(
  app: Hono<CallerEnv>,
  operations: readonly Operation[],
  { rules, bodies, now }: { rules: GuardRules; bodies: BodyGuard; now: () => number },
): void {
  const submissions = limitSubmissions(rules.submissionsPerMinute, now);
  for (const { method, path, body, startsWork } of operations) {
    if (method === 'get') continue;
    const route = [method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1')] as const;
    if (startsWork === true) app.on(...route, submissions);
    app.on(...route, body === undefined ? refuseForms : bodies.read);
  }
}
