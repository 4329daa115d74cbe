import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { ErrorBody } from '../../schemas/errors/errorBody.ts';
import type { Check } from './requestChecks.ts';

/** What refuses bodies. */
export type BodyGuard = {
  /** Refuses a body that is announced to be too large, before a byte of it is read. For every route. */
  announced: Check;
  /** Stops reading one that becomes too large. For routes that read bodies. */
  read: MiddlewareHandler;
};

/**
 * Bytes beyond the limit that are read and thrown away behind a refusal: a client that writes all first, and reads then,
 * gets to read why.
 */
const TOLERATED = 16 * 1024 * 1024;

/** Milliseconds for which a connection stays, unread, after a refusal that is not drained: else it would not arrive. */
const LINGER = 500;

/** @param most bytes a body may have. */
export function guardBodies(most: number): BodyGuard {
  const detail = `The body is too large: at most ${most} bytes (${inMegabytes(most)}) are allowed`;
  const refuse = (c: Context) => c.json({ detail }, 413);
  const count = bodyLimit({ maxSize: most, onError: refuse });
  return {
    announced: (c) => {
      const length = lengthOf(c);
      if (!(length > most)) return refuseEncoding(c);
      // Behind a GET Node would read whatever comes.
      return length > most + TOLERATED || c.req.method === 'GET' ? hangUpWith(c, { detail }) : refuse(c);
    },
    // A length that is announced was looked at before, and Node reads no further. Only what comes in chunks is counted
    // while it comes, which makes a stream of it.
    read: (c, next) => (c.req.header('transfer-encoding') === undefined ? next() : count(c, next)),
  };
}

/** Refuses a body that is packed: nothing here unpacks one, and its bytes would be taken for broken JSON. */
function refuseEncoding(c: Context): Response | null {
  const encoding = c.req.header('content-encoding')?.trim() ?? '';
  if (!hasBody(c) || encoding === '' || encoding.toLowerCase() === 'identity') return null;
  const detail = `A body in Content-Encoding ${JSON.stringify(encoding.slice(0, 50))} is not read: send it as it is, without Content-Encoding`;
  return c.json({ detail }, 415, { 'Accept-Encoding': 'identity' });
}

/** Answers 413, whole and at once, and ends a little later. Until then the body is not read: it waits where it is. */
function hangUpWith(c: Context, answer: ErrorBody): Response {
  const text = new TextEncoder().encode(JSON.stringify(answer));
  let ending: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(text);
      ending = setTimeout(() => controller.close(), LINGER);
    },
    cancel: () => clearTimeout(ending),
  });
  const headers = { 'Content-Type': 'application/json', 'Content-Length': String(text.length), Connection: 'close' };
  return c.body(body, 413, headers);
}

/**
 * Refuses a body that is no JSON where none is read at all: a form or a script of another site can send nothing else
 * without asking first.
 */
export const refuseForms: MiddlewareHandler = async (c, next) => {
  if (!hasBody(c) || isJson(c.req.header('content-type'))) return next();
  return c.json({ detail: 'A body must be sent as content-type application/json; this request needs none' }, 415);
};

const hasBody = (c: Context): boolean => c.req.header('transfer-encoding') !== undefined || lengthOf(c) > 0;

/** Bytes that a request announces. */
const lengthOf = (c: Context): number => Number(c.req.header('content-length') ?? 0);

/** Whether a content type is JSON, or a dialect of it. */
export function isJson(contentType: string | undefined): boolean {
  return /^application\/([^;\s]+\+)?json\s*(;|$)/i.test(contentType ?? '');
}

/** 1048576: 1 MiB. */
function inMegabytes(bytes: number): string {
  const mebibytes = bytes / 1024 / 1024;
  return mebibytes >= 1 ? `${Number(mebibytes.toFixed(1))} MiB` : `${Number((bytes / 1024).toFixed(1))} KiB`;
}
