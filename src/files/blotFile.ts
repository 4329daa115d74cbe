import { open } from 'node:fs/promises';
import { type Blot, type Span, stars } from './blot.ts';
import type { OpenedFile } from './openRunFile.ts';
import { readWhole } from './readWhole.ts';

const CHUNK = 1024 * 1024;

type ReadFile = Pick<OpenedFile, 'handle' | 'size'>;

/**
 * Blots an opened file where it lies; its length stays. What was blotted before stays so, and a crash in between leaves
 * it done in part: doing it again ends it. On disk when it resolves. Takes constant memory.
 * @returns whether anything was there to blot. @throws the system's error.
 */
export async function blotFile(file: ReadFile, blot: Blot): Promise<boolean> {
  let writer: Awaited<ReturnType<typeof open>> | null = null;
  try {
    for await (const { start, end } of findIn(file, blot)) {
      // The file that is open, whatever lies at its path by now.
      writer ??= await open(`/proc/self/fd/${file.handle.fd}`, 'r+');
      await writer.write(stars(end - start), 0, end - start, start);
    }
    await writer?.datasync();
    return writer !== null;
  } finally {
    await writer?.close();
  }
}

/** Whether anything is there to blot. @throws the system's error. */
export async function shows(file: ReadFile, blot: Blot): Promise<boolean> {
  for await (const _ of findIn(file, blot)) return true;
  return false;
}

/** Where it stands in the file; the same place may be found twice. */
async function* findIn({ handle, size }: ReadFile, blot: Blot): AsyncGenerator<Span, void> {
  const chunk = Buffer.allocUnsafe(Math.max(CHUNK, 2 * blot.reach));
  for (let at = 0; at < size; at += chunk.length - blot.reach) {
    const bytesRead = await readWhole(handle, chunk, at);
    const isEnd = at + bytesRead >= size;
    for (const { start, end } of blot.find(chunk.subarray(0, bytesRead), isEnd)) {
      yield { start: at + start, end: at + end };
    }
    if (isEnd || bytesRead === 0) return;
  }
}
