import type { ShownText } from '../../security/redaction/shownText.ts';

/** What makes the text of a log, as `liveText` asks it. */
export type TextMaker = Pick<ShownText, 'clean' | 'newest' | 'end'>;

/** A text of a log that is followed, and where it can be gone on with. */
export type Tracked<T> = {
  text: T;
  /** The byte of the log from which nothing has been given yet; or what was given is given again from the line's start. */
  position(): number;
};

/** Milliseconds of silence after which a comment is sent: proxies, and clients, cut what says nothing. */
const HEARTBEAT = 15_000;
const LINE_FEED = 0x0a;
const BEAT = Buffer.from(': \n\n');

/**
 * The text of a followed log as server-sent events: `text` with a piece, its id the byte to go on from, then `end` when
 * the job has ended and all of it was sent. Without `end` there is more to come for a client that comes back.
 */
export async function* logEvents(
  { text, position }: Tracked<AsyncIterable<Uint8Array>>,
  isWhole: () => boolean,
  heartbeat = HEARTBEAT,
): AsyncGenerator<Uint8Array, void> {
  const decoder = new TextDecoder();
  const reading = text[Symbol.asyncIterator]();
  let next = reading.next();
  try {
    for (;;) {
      const part = await unlessSilent(next, heartbeat);
      if (part === 'silent') yield BEAT;
      else if (part.done) break;
      else {
        const piece = decoder.decode(part.value, { stream: true });
        if (piece !== '') yield textEvent(position(), piece);
        next = reading.next();
      }
    }
    if (!isWhole()) return;
    // Of a character that never came whole.
    const rest = decoder.decode();
    if (rest !== '') yield textEvent(position(), rest);
    yield Buffer.from('event: end\ndata: {}\n\n');
  } finally {
    next.catch(() => {});
    await reading.return?.();
  }
}

const textEvent = (id: number, piece: string): Buffer =>
  Buffer.from(`event: text\nid: ${id}\ndata: ${JSON.stringify(piece)}\n\n`);

async function unlessSilent<T>(next: Promise<T>, heartbeat: number): Promise<T | 'silent'> {
  const { promise, resolve } = Promise.withResolvers<'silent'>();
  const timer = setTimeout(() => resolve('silent'), heartbeat);
  return Promise.race([next, promise]).finally(() => clearTimeout(timer));
}

/**
 * Notes where the line that is under way begins, in what a text is made of: of a line that was not given whole, all is given
 * again. Not while the text keeps back what may be the start of a secret: that may be of a line before.
 * @param start where the first chunk stands.
 */
export function trackLines(shown: TextMaker & Pick<ShownText, 'keepsBack'>, start: number): Tracked<TextMaker> {
  let offset = start;
  let lineStart = start;
  let position = start;
  const clean = (chunk: Uint8Array) => {
    const end = chunk.lastIndexOf(LINE_FEED);
    if (end >= 0) lineStart = offset + end + 1;
    offset += chunk.length;
    const text = shown.clean(chunk);
    if (!shown.keepsBack) position = lineStart;
    return text;
  };
  return { text: { clean, newest: () => shown.newest(), end: () => shown.end() }, position: () => position };
}

/** Notes how much of a log was given as it is; a character that has not come whole waits for its rest. */
export function trackBytes(chunks: AsyncIterable<Buffer>, start: number): Tracked<AsyncIterable<Uint8Array>> {
  let position = start;
  const whole = async function* () {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of chunks) {
      const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = text.length - unfinished(text);
      rest = Buffer.from(text.subarray(end));
      position += end;
      if (end > 0) yield text.subarray(0, end);
    }
    position += rest.length;
    if (rest.length > 0) yield rest;
  };
  return { text: whole(), position: () => position };
}

/** How many bytes at the end are of a character of UTF-8 that has more. */
function unfinished(text: Uint8Array): number {
  for (let count = 1; count <= Math.min(3, text.length); count++) {
    const byte = text[text.length - count] ?? 0;
    if (byte >> 6 === 0b10) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > count ? count : 0;
  }
  return 0;
}
