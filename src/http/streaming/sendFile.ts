import type { Context } from 'hono';
import type { OpenedFile } from '../../files/openRunFile.ts';
import { requestLimits } from '../../schemas/values/limits.ts';
import { readChunks } from '../../security/redaction/readChunks.ts';
import type { Redactor } from '../../security/redaction/redactor.ts';
import { filePolicy } from '../middleware/securityHeaders.ts';

/**
 * Answers with a file, or with the part of it that the request's Range asks for, and closes it when it is sent. What is
 * appended meanwhile is not part of the answer. A file that becomes shorter cuts the connection, so that a client cannot
 * take a part for the whole.
 * @param redactor what is not to be seen of it.
 * @param headers with the content type. @param validator names the content in `ETag`; null when it may grow.
 */
export async function sendFile(
  c: Context,
  { handle, size, modified }: OpenedFile,
  headers: { [name: string]: string },
  validator: string | null,
  redactor: Redactor | null,
): Promise<Response> {
  const common = { ...headers, ...fileHeaders, 'Last-Modified': new Date(modified).toUTCString(), ...tag(validator) };
  const range = isStill(c.req.header('if-range'), validator) ? readByteRange(c.req.header('range'), size) : null;
  if (range === 'unsatisfiable') {
    await handle.close();
    return c.json({ detail: `The range lies beyond the end: there are ${size} bytes` }, 416, {
      'Content-Range': `bytes */${size}`,
      'Accept-Ranges': 'bytes',
    });
  }
  const { start, end } = range ?? { start: 0, end: size };
  const length = { 'Content-Length': String(end - start) };
  const answer =
    range === null
      ? { status: 200 as const, headers: { ...common, ...length } }
      : {
          status: 206 as const,
          headers: { ...common, ...length, 'Content-Range': `bytes ${start}-${end - 1}/${size}` },
        };
  if (c.req.method === 'HEAD') {
    // No one would ever read the stream, or give it up.
    await handle.close();
    return c.body(null, answer.status, answer.headers);
  }
  const body = streamOf(
    (signal) => readChunks(handle, start, end, signal, redactor),
    () => handle.close(),
  );
  return c.body(body, answer.status, answer.headers);
}

/** What every answer has that is a file of a run: what is in it is not for a browser to guess, nor to run. */
export const fileHeaders = {
  'Accept-Ranges': 'bytes',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': filePolicy,
};

/** The headers of such answers, described. */
export const fileAnswerHeaders = {
  'Accept-Ranges': 'bytes: parts may be asked for',
  'Last-Modified': 'When the file was written to last; not of a log that is followed or shown in part',
};

const tag = (validator: string | null): { ETag?: string } => (validator === null ? {} : { ETag: `"${validator}"` });

/** Whether a range is still one of the file that the client knows. */
function isStill(ifRange: string | undefined, validator: string | null): boolean {
  return ifRange === undefined || (validator !== null && ifRange === `"${validator}"`);
}

/** A part of a file: from `start` up to and without `end`. */
type ByteRange = { start: number; end: number };

/**
 * What a Range header asks of a file. Null when the whole is to be sent: there is no header, it is none that is
 * understood, or it asks for several parts, which a server need not offer (RFC 9110, 14.2).
 * @param size bytes of the file.
 */
export function readByteRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | null {
  if ((header?.length ?? 0) > requestLimits.range) return null;
  const [, first = '', last = ''] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first === '') {
    const start = Math.max(0, size - Number(last));
    return start < size ? { start, end: size } : 'unsatisfiable';
  }
  if (last !== '' && Number(last) < Number(first)) return null;
  if (Number(first) >= size) return 'unsatisfiable';
  return { start: Number(first), end: last === '' ? size : Math.min(size, Number(last) + 1) };
}

/**
 * A stream for a response's body that makes a chunk only when the reader is ready for one: a slow reader costs no memory.
 * @param make is called at the first read; its signal says that the reader has gone.
 * @param close called once, whether all was read, reading failed, or the reader has gone, even before the first read.
 */
export function streamOf(
  make: (signal: AbortSignal) => AsyncIterator<Uint8Array, void>,
  close: () => Promise<void>,
): ReadableStream<Uint8Array> {
  const gone = new AbortController();
  let chunks: AsyncIterator<Uint8Array, void> | null = null;
  let closing: Promise<void> | null = null;
  const closeOnce = () => {
    closing ??= close();
    return closing;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          chunks ??= make(gone.signal);
          const { done, value } = await chunks.next();
          if (!done) return controller.enqueue(value);
          await closeOnce();
          controller.close();
        } catch (error) {
          await closeOnce();
          // No reader is left for what reading on has met.
          if (!gone.signal.aborted) throw error;
        }
      },
      cancel() {
        gone.abort();
        return closeOnce();
      },
    },
    { highWaterMark: 0 },
  );
}
