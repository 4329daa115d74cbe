import type { ReadHandle } from './openRunFile.ts';

const CHUNK = 256 * 1024;
const LINE_FEED = 0x0a;

/** A line of a file, without its end. Offset and length are bytes. */
export type Line = {
  start: number;
  length: number;
  /** Null when it is longer than what was asked to be kept. Only valid during the visit. */
  bytes: Buffer | null;
};

/**
 * Visits the lines of a file in order, empty ones too. Takes constant memory and `keep`, whatever the length of a line.
 * @param keep bytes of the longest line whose content is wanted; 0: only where the lines are.
 * @throws what the visit throws, which ends it.
 */
export async function eachLine(
  handle: Pick<ReadHandle, 'read'>,
  keep: number,
  visit: (line: Line) => void,
): Promise<void> {
  const chunk = Buffer.allocUnsafe(CHUNK);
  let parts: Buffer[] = [];
  let start = 0;
  let position = 0;
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK, position);
    if (bytesRead === 0) break;
    const read = chunk.subarray(0, bytesRead);
    let from = 0;
    for (let at = read.indexOf(LINE_FEED); at >= 0; at = read.indexOf(LINE_FEED, from)) {
      const length = position + at - start;
      visit({ start, length, bytes: length <= keep ? joined(parts, read.subarray(from, at)) : null });
      parts = [];
      from = at + 1;
      start = position + from;
    }
    position += bytesRead;
    if (position - start <= keep) parts.push(Buffer.from(read.subarray(from)));
    else parts = [];
  }
  const length = position - start;
  if (length > 0) visit({ start, length, bytes: length <= keep ? Buffer.concat(parts) : null });
}

function joined(parts: Buffer[], last: Buffer): Buffer {
  return parts.length === 0 ? last : Buffer.concat([...parts, last]);
}
