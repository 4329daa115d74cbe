import type { Context, Env, Hono } from 'hono';
import { METHOD_NAME_ALL } from 'hono/router';
import { answerNotFound } from './errors.ts';

/** Of guards, which stand before every path. */
const everyPath: ReadonlySet<string> = new Set(['*', '/*']);

/** `/jobs/` asks for a job whose id is empty: not found, as by the original, and no list. */
const emptyId = '/jobs';

/**
 * Answers a path that no route has: as the original does, one that is a route's but for slashes at its end is sent there
 * (307, whatever the method: the body comes again). By its path alone, so that nobody is led to another host, nor from
 * https to http by way of a proxy; else 404.
 */
export function answerUnrouted<E extends Env>(app: Hono<E>): (c: Context) => Response {
  return (c) => {
    const { pathname, search } = new URL(c.req.url);
    const path = pathname.replace(/\/+$/, '');
    if (path === pathname || path === emptyId || !/^\/[^/\\]/.test(path)) return answerNotFound(c);
    const [found] = app.router.match(METHOD_NAME_ALL, path);
    const isRouted = found.some(([[, route]]) => !everyPath.has(route.path));
    return isRouted ? c.body(null, 307, { Location: path + search }) : answerNotFound(c);
  };
}
