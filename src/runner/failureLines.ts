import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../thrown.ts';
import { terminalLines } from './terminalText.ts';

const CHUNK = 256 * 1024;
/** Bytes read from a finding on: enough for its words, colours included. */
const WINDOW = 16 * 1024;
const LONGEST_LINE = 2_000;

/** Where a log says that something failed. */
export type Finding = {
  /** The marker that was found. */
  marker: string;
  /** The line from the marker on, without colours, at most 2,000 characters; then up to ten that follow it. */
  lines: [string, ...string[]];
};

/**
 * Finds the first place of a log that has one of the markers. Takes constant memory, whatever the log's size and
 * the length of its lines.
 *
 * @param markers texts of one line. @returns null when there is none, or no log any more. @throws when the log cannot be read.
 */
export async function findFirstLine(path: string, markers: readonly string[]): Promise<Finding | null> {
  const file = await open(path).catch((error) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const found = await firstOffset(file, markers);
    if (found === null) return null;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(WINDOW), 0, WINDOW, found.offset);
    const [first = found.marker, ...rest] = terminalLines(firstFrame(buffer.toString('utf8', 0, bytesRead)));
    return { marker: found.marker, lines: [cut(first), ...rest.slice(0, 10).map(cut)] };
  } finally {
    await file.close();
  }
}

/** Searches chunks that overlap by the longest marker, so that one across a border is not missed. */
async function firstOffset(
  file: FileHandle,
  markers: readonly string[],
): Promise<{ marker: string; offset: number } | null> {
  const overlap = Math.max(...markers.map((marker) => Buffer.byteLength(marker))) - 1;
  const chunk = Buffer.allocUnsafe(CHUNK);
  for (let position = 0; ; position += CHUNK - overlap) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK, position);
    const read = chunk.subarray(0, bytesRead);
    const hits = markers.map((marker) => ({ marker, index: read.indexOf(marker) })).filter(({ index }) => index >= 0);
    const first = hits.toSorted((one, other) => one.index - other.index)[0];
    if (first !== undefined) return { marker: first.marker, offset: position + first.index };
    if (bytesRead < CHUNK) return null;
  }
}

/** A progress bar drawn over the line must not take its words away. */
function firstFrame(text: string): string {
  const end = text.search(/[\r\n]/);
  return end >= 0 && text[end] === '\r' ? text.replace('\r', '\n') : text;
}

function cut(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}
