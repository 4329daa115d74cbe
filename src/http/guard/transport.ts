import type { MiddlewareHandler } from 'hono';
import { isLoopback, readHostname } from './hosts.ts';

/** A day: other servers of the same machine share its name, and may know no TLS. */
const PROMISE = 'max-age=86400';

/**
 * Has browsers come by TLS alone, once they have come by it. Not to a loopback name: that is every other server of its
 * user's machine as well.
 */
export const promiseTls: MiddlewareHandler = async (c, next) => {
  await next();
  const name = readHostname(c.req.header('host') ?? 'localhost');
  if (name !== null && !isLoopback(name)) c.res.headers.set('Strict-Transport-Security', PROMISE);
};
