import { linesIn, ROW_MOST } from './rows.ts';
import { joined, type LogSource } from './source.ts';

const LINE_FEED = 0x0a;
/** Bytes that are read at a time. */
const PIECE = 4 * 1024 * 1024;

/** A line that was looked for. */
export type Hit = { start: number; line: number };

/** How far a scan has come. */
export type Scanned = {
  /** The byte before which all was read. */
  offset: number;
  /** Lines that end before it. */
  lines: number;
  hits: Hit[];
};

/** Whether a text, in which nothing stands for a colour, has what is looked for. */
export type Test = (text: string) => boolean;

/**
 * Reads a log from a line on to its end, piece by piece: counts lines, and finds those that pass a test. What it holds at a
 * time are two pieces, and of a line at most as much as a row has.
 * @throws ClientError
 */
export async function* scan(
  source: LogSource,
  from: { offset: number; lines: number },
  signal: AbortSignal,
  test: Test | null = null,
): AsyncGenerator<Scanned, void> {
  let { offset, lines } = from;
  let carried: Uint8Array = new Uint8Array();
  const read = (at: number) => {
    const piece = source.stream(at, at + PIECE, signal);
    // One that is not waited for any more may fail as it likes.
    piece.catch(() => {});
    return piece;
  };
  // The next piece comes while one is looked through.
  let next = read(offset);
  while (offset < source.size) {
    const piece = await next;
    next = read(offset + carried.length + piece.length);
    const bytes = joined([carried, piece]);
    if (piece.length === 0 && carried.length === 0) return;
    const isEnd = piece.length === 0 || offset + bytes.length >= source.size;
    const feed = bytes.lastIndexOf(LINE_FEED);
    const isCut = isEnd || bytes.length - feed > ROW_MOST;
    const whole = isCut ? bytes : bytes.subarray(0, feed + 1);
    const hits = test === null ? [] : hitsIn(whole, { offset, lines }, test);
    carried = bytes.subarray(whole.length);
    offset += whole.length;
    lines += linesIn(whole);
    yield { offset, lines, hits };
  }
}

function hitsIn(bytes: Uint8Array, { offset, lines }: { offset: number; lines: number }, test: Test): Hit[] {
  const decoder = new TextDecoder();
  // Most pieces have none: then no line is looked at alone.
  if (!test(withoutColours(decoder.decode(bytes)))) return [];
  const hits: Hit[] = [];
  let line = lines + 1;
  for (let at = 0; at < bytes.length; line++) {
    const feed = bytes.indexOf(LINE_FEED, at);
    const end = feed === -1 ? bytes.length : feed;
    if (test(withoutColours(decoder.decode(bytes.subarray(at, end))))) hits.push({ start: offset + at, line });
    at = end + 1;
  }
  return hits;
}

/** A text without what only colours it. */
const withoutColours = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one.
  text.includes('\u001b') ? text.replace(/\u001b\[[\d;]*m/g, '') : text;

/** A test for a text, whatever its case. */
export function hasText(needle: string): Test {
  const wanted = needle.toLowerCase();
  return (text) => text.toLowerCase().includes(wanted);
}

/** A test for what programs write when something has failed. */
export const isError: Test = (text) =>
  /Traceback \(most recent call last\)|\b(?:ERROR|FATAL|CRITICAL)\b|(?:Error|Exception): |Error during |out of memory|Segmentation fault|No space left on device/.test(
    text,
  );
