import { open } from 'node:fs/promises';
import { type Blot, stars } from './blot.ts';
import type { OpenedFile } from './openFile.ts';

const CHUNK = 1024 * 1024;

/**
 * Blots an opened file where it lies; its length stays. What was blotted before stays so, and a crash in between leaves
 * it done in part: doing it again ends it. On disk when it resolves. Takes constant memory.
 * @returns whether anything was there to blot. @throws the system's error.
 */
export async function blotFile({ handle, size }: OpenedFile, blot: Blot): Promise<boolean> {
  const chunk = Buffer.allocUnsafe(Math.max(CHUNK, 2 * blot.reach));
  let writer: Awaited<ReturnType<typeof open>> | null = null;
  try {
    for (let at = 0; at < size; at += chunk.length - blot.reach) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      const isEnd = at + bytesRead >= size;
      for (const { start, end } of blot.find(chunk.subarray(0, bytesRead), isEnd)) {
        // The file that is open, whatever lies at its path by now.
        writer ??= await open(`/proc/self/fd/${handle.fd}`, 'r+');
        await writer.write(stars(end - start), 0, end - start, at + start);
      }
      if (isEnd || bytesRead === 0) break;
    }
    await writer?.datasync();
    return writer !== null;
  } finally {
    await writer?.close();
  }
}
