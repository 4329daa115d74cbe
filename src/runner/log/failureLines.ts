import type { ReadHandle } from '../../files/openRunFile.ts';
import { openLog } from './logTail.ts';
import { terminalLines } from './terminalText.ts';

const CHUNK = 256 * 1024;
/** Bytes before a line's words that are looked at: its time, level and source, colours and the frame of a bar included. */
const BEFORE = 512;
/** Bytes after them that are sure to be in the same chunk: more than any words that are looked for have. */
const AFTER = 256;
/** Bytes read from a line's words on, colours included. */
const WINDOW = 16 * 1024;
const LONGEST_LINE = 2_000;
const MOST_LINES = 11;
/** Lines that are kept of those with the same words: the newest. */
const MOST_FOUND = 16;

/** Which lines of a log are looked for. */
export type Wanted = {
  /** How the message begins. */
  words: string;
  /** Modules, each with how the name of the function begins that writes it: one of them stands before the message. */
  sources: readonly (readonly [module: string, functionStart: string])[];
};

/** A line that a harness wrote into its log. */
export type HarnessLine = {
  /** The `words` of what was wanted. */
  words: string;
  /** Where its message begins, in bytes. */
  offset: number;
  /** The message without colours, at most 2,000 characters a line; then up to ten lines that follow. */
  lines: [string, ...string[]];
};

/**
 * Finds the lines that a harness itself wrote with its logger (loguru's, or Python's own): they begin with time, level,
 * module, function (loguru) and line. The same words anywhere else are a task's, a model's or a path, and say nothing. A frame of a progress bar may
 * stand before the time, for a bar has no end of line; so may the label of a rank.
 *
 * Reads the log once, in constant memory, whatever its size and the length of its lines.
 *
 * @returns the newest of each wanted kind, in the order of the log; none when there is no log any more.
 * @throws when the log cannot be read.
 */
export async function findHarnessLines(path: string, wanted: readonly Wanted[]): Promise<HarnessLine[]> {
  const file = await openLog(path);
  if (file === null) return [];
  try {
    const places = wanted.map((kind) => ({ kind, offsets: [] as number[] }));
    await eachChunk(file, (chunk, position, from, to) => {
      for (const place of places) {
        for (const index of indicesOf(chunk, place.kind, from, to)) place.offsets.push(position + index);
        place.offsets.splice(0, place.offsets.length - MOST_FOUND);
      }
    });
    const found = places.flatMap(({ kind, offsets }) => offsets.map((offset) => ({ words: kind.words, offset })));
    found.sort((one, other) => one.offset - other.offset);
    return await Promise.all(found.map(async (line) => ({ ...line, lines: await linesFrom(file, line) })));
  } finally {
    await file.close();
  }
}

/** Chunks that overlap, each with the part of it that is its own: what stands there has enough before and after it. */
async function eachChunk(
  file: ReadHandle,
  visit: (chunk: Buffer, position: number, from: number, to: number) => void,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  for (let position = 0; ; position += CHUNK - BEFORE - AFTER) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK, position);
    const isLast = bytesRead < CHUNK;
    visit(buffer.subarray(0, bytesRead), position, position === 0 ? 0 : BEFORE, isLast ? bytesRead : CHUNK - AFTER);
    if (isLast) return;
  }
}

/** From the end on: a chunk may be full of them, and the newest are wanted. */
function indicesOf(chunk: Buffer, kind: Wanted, from: number, to: number): number[] {
  const indices: number[] = [];
  for (let index = chunk.lastIndexOf(kind.words, to - 1); index >= from && indices.length < MOST_FOUND; ) {
    if (isBegunBy(chunk.subarray(Math.max(0, index - BEFORE), index), kind)) indices.unshift(index);
    if (index === 0) break;
    index = chunk.lastIndexOf(kind.words, index - 1);
  }
  return indices;
}

/** Loguru's beginning of a line; the number of the line may be missing. */
const HEAD =
  /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? \| [A-Z]{1,12} {0,12}\| ([\w.]{1,100}):([\w<>]{1,100})(?::\d{1,9})? -$/;
/** That of Python's logging as lm-eval sets it up: `2026-11-30:08:40:42 WARNING  [loggers.evaluation_tracker:304] `, without a function. */
const PLAIN_HEAD = /\d{4}-\d\d-\d\d:\d\d:\d\d:\d\d [A-Z]{1,12} {1,12}\[([\w.]{1,100}):\d{1,9}\]$/;
/** A label by which a launcher says whose line it is: `[default0]:`, `[rank1]: `, `1: `. */
const LABEL = /^(?:\[[\w.-]{1,40}\]:|\d{1,6}:) ?/;
/** The end of a frame of a tqdm bar: `[00:01<00:10, 2.00it/s]`. */
const FRAME_END = /\[[\d:]{1,20}(?:<[\d:?]{1,20})?, [^[\]]{1,100}\]$/;

function isBegunBy(before: Buffer, { sources }: Wanted): boolean {
  // Cheap, and mostly enough: an answer may repeat the words as often as it likes.
  if (!sources.some(([module]) => before.includes(module))) return false;
  const start = Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1;
  const [text = ''] = terminalLines(before.toString('utf8', start));
  const head = HEAD.exec(text) ?? PLAIN_HEAD.exec(text);
  if (head === null) return false;
  const [, module = '', name = ''] = head;
  if (!sources.some(([of, start]) => of === module && name.startsWith(start))) return false;
  return mayStandBefore(text.slice(0, head.index));
}

/** Whether a text before the time is no line of another process: a rank's label, and the frame of a bar that has no end. */
export function mayStandBefore(text: string): boolean {
  const rest = text.replace(LABEL, '').trim();
  return rest === '' || FRAME_END.test(rest);
}

async function linesFrom(file: ReadHandle, { words, offset }: { words: string; offset: number }) {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(WINDOW), 0, WINDOW, offset);
  const [first = words, ...rest] = terminalLines(firstFrame(buffer.toString('utf8', 0, bytesRead)));
  return [cut(first), ...rest.slice(0, MOST_LINES - 1).map(cut)] satisfies [string, ...string[]];
}

/** A progress bar drawn over the line must not take its words away. */
function firstFrame(text: string): string {
  const end = text.search(/[\r\n]/);
  return end >= 0 && text[end] === '\r' ? text.replace('\r', '\n') : text;
}

function cut(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}
