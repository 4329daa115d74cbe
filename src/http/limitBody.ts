import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';

/**
 * Refuses bodies of more than so many bytes. A length that is told ahead is believed: Node reads no further. Only what
 * comes in chunks is counted while it comes, which costs a stream.
 * @param refuse the answer.
 */
export function limitBody(most: number, refuse: (c: Context) => Response): MiddlewareHandler {
  const count = bodyLimit({ maxSize: most, onError: refuse });
  return async (c, next) => {
    const length = c.req.header('content-length');
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) return count(c, next);
    return Number(length) > most ? refuse(c) : next();
  };
}
