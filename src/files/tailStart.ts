import type { ReadHandle } from './openRunFile.ts';

const CHUNK = 256 * 1024;
/** Bytes searched at most: lines may have any length, and a client must not make the server read a disk. */
const MOST_BYTES = 64 * 1024 * 1024;
const LINE_FEED = 0x0a;

/**
 * Where the last lines of a file begin. Searches the last 64 MiB: where those have fewer lines, it is where they begin,
 * which may be within a line. Takes constant memory. @param size bytes of the file.
 */
export async function tailStart(handle: Pick<ReadHandle, 'read'>, size: number, lines: number): Promise<number> {
  const floor = Math.max(0, size - MOST_BYTES);
  const chunk = Buffer.allocUnsafe(CHUNK);
  let left = lines;
  // What may stand at the very end closes the last line and begins none.
  for (let end = size - 1; end > floor; ) {
    const start = Math.max(floor, end - CHUNK);
    const { bytesRead } = await handle.read(chunk, 0, end - start, start);
    const read = chunk.subarray(0, bytesRead);
    for (let at = read.lastIndexOf(LINE_FEED); at >= 0; at = at === 0 ? -1 : read.lastIndexOf(LINE_FEED, at - 1)) {
      left -= 1;
      if (left === 0) return start + at + 1;
    }
    end = start;
  }
  return floor;
}
