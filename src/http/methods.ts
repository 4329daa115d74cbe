import type { Env, Hono } from 'hono';
import { METHOD_NAME_ALL, METHODS } from 'hono/router';

/**
 * Answers 405 with `Allow` for every path that has routes, whatever other method is asked. Call it after all routes:
 * it reads them, and what they do not take falls to it. HEAD needs no mention: Hono answers it by GET.
 */
export function refuseOtherMethods<E extends Env>(app: Hono<E>): void {
  const allowed = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method !== METHOD_NAME_ALL) allowed.set(path, (allowed.get(path) ?? new Set()).add(method));
  }
  for (const [path, methods] of allowed) {
    const allow = METHODS.map((method) => method.toUpperCase())
      .filter((method) => methods.has(method))
      .join(', ');
    app.all(path, (c) => c.json({ detail: 'Method Not Allowed' }, 405, { Allow: allow }));
  }
}
