import type { Context } from 'hono';
import type { AppDependencies } from '../dependencies.ts';
import type { Acquire } from '../middleware/concurrencyLimit.ts';

/** One event of a stream. Without data it reaches no listener: only its id is noted by the client. */
export type ServerSentEvent = {
  /** Its type; `message` for clients if left out. */
  event?: string;
  /** What the client sends as `Last-Event-ID` when it comes back. */
  id?: number;
  /** Text without line breaks: JSON. */
  data?: string;
};

/** Where the events of one stream come from. */
export type EventSource = {
  /**
   * What is to be sent next, a page at a time: it is asked for when the reader has taken the one before, so that
   * nothing piles up for a reader that is slow. An empty page: nothing at the moment. null: that was all.
   */
  pull(): ServerSentEvent[] | null;
  /** Calls when there may be more to pull. @returns a function that ends it. */
  subscribe(wake: () => void): () => void;
};

/** Answers with the events of a source. @throws EvaldError `tooManyStreams`. */
export type StreamEvents = (c: Context, source: EventSource) => Response;

type Limits = {
  /** Milliseconds of silence after which a comment is sent: proxies cut what says nothing. */
  heartbeat: number;
  /** Milliseconds a reader may take for what was sent to it; then it is hung up on, and may come back. */
  patience: number;
};

const usual: Limits = { heartbeat: 15_000, patience: 30_000 };

/** Milliseconds after which a browser that was cut off comes back. */
const RETRY = 2_000;

const headers = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  // nginx would collect what is sent.
  'X-Accel-Buffering': 'no',
  // The connection has nothing more to do after a stream, and would hold up a shutdown.
  Connection: 'close',
};

/**
 * Makes what answers with server-sent events, for all routes together: each stream takes a place. On `closing` each stream sends what there is, and ends. A stream holds one page of events, whatever its reader does.
 */
export function createStreamEvents(
  { closing, logError, acquire }: Pick<AppDependencies, 'closing' | 'logError'> & { acquire: Acquire },
  limits: Partial<Limits> = {},
): StreamEvents {
  const { heartbeat, patience } = { ...usual, ...limits };
  const open = new Set<Stream>();
  closing.addEventListener('abort', () => {
    for (const stream of open) stream.wake();
  });
  return (c, source) => {
    if (c.req.raw.method === 'HEAD') return c.body(null, 200, headers);
    const release = acquire(c);
    const stream = new Stream(source, {
      heartbeat,
      patience,
      isClosing: () => closing.aborted,
      ended: () => {
        open.delete(stream);
        release();
      },
      hangUp: () => hangUp(c),
      failed: (error) => logError(`${c.req.method} ${c.req.path} failed`, error),
    });
    open.add(stream);
    return c.body(stream.body, 200, headers);
  };
}

type Surroundings = Pick<Limits, 'heartbeat' | 'patience'> & {
  isClosing(): boolean;
  /** It needs nothing more: reported once. */
  ended(): void;
  hangUp(): void;
  failed(error: unknown): void;
};

/** One open stream. Without a high-water mark it pulls only when its reader has taken all before. */
class Stream {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** There may be something to send. */
  wake: () => void = () => {};
  readonly #source: EventSource;
  readonly #around: Surroundings;
  readonly #unsubscribe: () => void;
  #isOver = false;
  #stalled: NodeJS.Timeout | undefined;

  constructor(source: EventSource, around: Surroundings) {
    this.#source = source;
    this.#around = around;
    this.#unsubscribe = source.subscribe(() => this.wake());
    let isFirst = true;
    this.body = new ReadableStream(
      {
        pull: async (controller) => {
          clearTimeout(this.#stalled);
          const text = isFirst ? `retry: ${RETRY}\n\n` : await this.#next();
          isFirst = false;
          if (this.#isOver) return;
          if (text === null) {
            this.#end();
            controller.close();
            return;
          }
          this.#stalled = setTimeout(() => this.#cut(), this.#around.patience);
          controller.enqueue(new TextEncoder().encode(text));
        },
        cancel: () => this.#end(),
      },
      { highWaterMark: 0 },
    );
  }

  /** The next text to send; null at the end. */
  async #next(): Promise<string | null> {
    while (!this.#isOver) {
      const page = this.#pull();
      if (page === null) return null;
      if (page.length > 0) return page.map(written).join('');
      if (this.#around.isClosing()) return null;
      if ((await this.#woken()) === 'silent') return ': \n\n';
    }
    return null;
  }

  #pull(): ServerSentEvent[] | null {
    try {
      return this.#source.pull();
    } catch (error) {
      this.#around.failed(error);
      this.#cut();
      return null;
    }
  }

  #woken(): Promise<'woken' | 'silent'> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('silent'), this.#around.heartbeat);
      this.wake = () => {
        clearTimeout(timer);
        resolve('woken');
      };
    });
  }

  /** Ends without waiting for the reader. */
  #cut(): void {
    this.#end();
    this.#around.hangUp();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#stalled);
    this.#unsubscribe();
    this.#around.ended();
    this.wake();
  }
}

function written({ event, id, data }: ServerSentEvent): string {
  const lines = [
    event === undefined ? [] : `event: ${event}`,
    id === undefined ? [] : `id: ${id}`,
    data === undefined ? [] : `data: ${data}`,
  ].flat();
  return `${lines.join('\n')}\n\n`;
}

/** Closes the connection of a request at once: an answer that was only ended would wait for its reader. */
function hangUp(c: Context): void {
  const { outgoing }: { outgoing?: { destroy(): void } } = c.env ?? {};
  outgoing?.destroy();
}
