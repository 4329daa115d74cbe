import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { TakePlace } from './guard/places.ts';

/** Bytes that may wait for a reader; one that is further behind is dropped, and may come again. */
const BACKLOG = 1024 * 1024;

/** Milliseconds between comments, so that no proxy takes a quiet stream for a dead one. */
const COMMENT = 15_000;

/** Sends one event; `data` is written as JSON. */
export type Send = (event: string, data: unknown) => void;

export type StreamOptions = {
  /** Taken by each stream. */
  takePlace: TakePlace;
  /** Ends every stream. */
  signal: AbortSignal;
};

/**
 * Answers requests with server-sent events.
 *
 * A reader that does not read is disconnected as soon as {@link BACKLOG} bytes wait for it, so that no reader can make
 * the server grow.
 *
 * @returns answers a request: `open` is called with the way to send, and returns what is done at the stream's end.
 * @throws EvaldError `tooManyStreams`, from the returned function.
 */
export function createEventStreams({ takePlace, signal }: StreamOptions) {
  return (c: Context, begin: (send: Send) => () => void): Response => {
    const headers = { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' };
    // A HEAD is answered by GET, and nobody would ever read the stream.
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    const leavePlace = takePlace(c);
    let end = (): void => {};
    const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      const encoder = new TextEncoder();
      let isOpen = true;
      let release = (): void => {};
      const write = (text: string): void => {
        if (!isOpen) return;
        controller.enqueue(encoder.encode(text));
        if (controller.desiredSize !== null && controller.desiredSize < 0) drop();
      };
      const close = (): void => {
        end();
        controller.close();
      };
      const drop = (): void => {
        end();
        // The connection is cut, not ended: what waits for this reader will not be sent.
        const connection = connectionOf(c);
        if (connection === undefined) controller.error(new Error('the reader is too slow'));
        else connection.destroy();
      };
      const comment = setInterval(write, COMMENT, ':\n\n').unref();
      end = () => {
        if (!isOpen) return;
        isOpen = false;
        leavePlace();
        clearInterval(comment);
        signal.removeEventListener('abort', close);
        release();
      };
      release = begin((event, data) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
      if (signal.aborted) close();
      else signal.addEventListener('abort', close);
    };
    const backlog = new ByteLengthQueuingStrategy({ highWaterMark: BACKLOG });
    return c.body(new ReadableStream({ start, cancel: () => end() }, backlog), 200, headers);
  };
}

/** The connection to the client; undefined where there is none, as in a test without sockets. */
function connectionOf(c: Context): { destroy(): unknown } | undefined {
  const bindings: Partial<HttpBindings> = c.env ?? {};
  return bindings.outgoing;
}
