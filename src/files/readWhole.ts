import type { ReadHandle } from './openRunFile.ts';

/**
 * Fills a buffer from a file: one read may bring less than there is, on disks that come over a network or from a program.
 * @param at offset in the file. @returns how many bytes there were: fewer than the buffer has only at the end of the file.
 */
export async function readWhole(handle: Pick<ReadHandle, 'read'>, buffer: Buffer, at: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, at + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
