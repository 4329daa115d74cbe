import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';

/** What refuses bodies. */
export type BodyGuard = {
  /** Refuses a body that is announced to be too large, before a byte of it is read. For every route. */
  announced: MiddlewareHandler;
  /** Stops reading one that becomes too large. For routes that read bodies. */
  read: MiddlewareHandler;
};

/** @param most bytes a body may have. */
export function guardBodies(most: number): BodyGuard {
  const refuse = (c: Context) => {
    // Node reads what comes behind a GET to its end; behind others it stops by itself.
    if (c.req.method === 'GET') c.header('Connection', 'close');
    return c.json({ detail: `The body is too large: at most ${most} bytes (${inWords(most)}) are allowed` }, 413);
  };
  return {
    announced: async (c, next) => (Number(c.req.header('content-length') ?? 0) > most ? refuse(c) : next()),
    read: bodyLimit({ maxSize: most, onError: refuse }),
  };
}

/**
 * Refuses a body that is no JSON where none is read at all: a form or a script of another site can send nothing else
 * without asking first.
 */
export const refuseForms: MiddlewareHandler = async (c, next) => {
  const hasBody = c.req.header('transfer-encoding') !== undefined || Number(c.req.header('content-length') ?? 0) > 0;
  if (!hasBody || isJson(c.req.header('content-type'))) return next();
  return c.json({ detail: 'A body must be sent as content-type application/json; this request needs none' }, 415);
};

/** Whether a content type is JSON, or a dialect of it. */
export function isJson(contentType: string | undefined): boolean {
  return /^application\/([^;\s]+\+)?json\s*(;|$)/i.test(contentType ?? '');
}

/** 1048576: 1 MiB. */
function inWords(bytes: number): string {
  const mebibytes = bytes / 1024 / 1024;
  return mebibytes >= 1 ? `${Number(mebibytes.toFixed(1))} MiB` : `${Number((bytes / 1024).toFixed(1))} KiB`;
}
