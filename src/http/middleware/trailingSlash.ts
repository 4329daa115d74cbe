import type { HttpBindings } from '@hono/node-server';
import type { Context, Env, Hono } from 'hono';
import { METHOD_NAME_ALL } from 'hono/router';
import { answerNotFound } from '../errors.ts';

/** Of guards, which stand before every path. */
const everyPath: ReadonlySet<string> = new Set(['*', '/*']);

/** Behind these comes a name: `/jobs/` asks for a job whose id is empty, which is not found, as by the original, and no list. */
const beforeName = /^\/jobs(\/[^/]+\/artifacts)?$/;

/**
 * Answers a path that no route has: as the original does, one that is a route's but for slashes at its end is sent there
 * (307, whatever the method: the body comes again). By its path alone, so that no client is led to another host, nor from
 * https to http by way of a proxy; else 404.
 * @param basePath what stands before every path.
 */
export function answerUnrouted<E extends Env>(app: Hono<E>, basePath: string): (c: Context) => Response {
  return (c) => {
    const { pathname, search } = new URL(c.req.url);
    const path = withoutSlashes(pathname);
    const isCandidate = endsWithSlash(c) && path !== pathname && /^\/[^/\\]/.test(path);
    if (!isCandidate || beforeName.test(path)) return answerNotFound(c);
    const [found] = app.router.match(METHOD_NAME_ALL, path);
    const isRouted = found.some(([[, route]]) => !everyPath.has(route.path));
    return isRouted ? c.body(null, 307, { Location: basePath + path + search }) : answerNotFound(c);
  };
}

function withoutSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/** As it was sent: in a URL that was read, `/jobs/x/artifacts/..` ends with a slash too. */
function endsWithSlash(c: Context): boolean {
  const { incoming }: Partial<HttpBindings> = c.env ?? {};
  const [path = ''] = (incoming?.url ?? new URL(c.req.url).pathname).split('?', 1);
  return path.endsWith('/');
}
