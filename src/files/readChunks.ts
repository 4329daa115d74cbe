import type { Blot } from './blot.ts';
import type { ReadHandle } from './openRunFile.ts';
import { readWhole } from './readWhole.ts';

/** Bytes read at a time: enough to be fast, little enough for hundreds of readers. */
const CHUNK = 64 * 1024;

/**
 * Reads a part of a file, a chunk whenever one is asked for.
 * @param end offset before which it ends. @param blot what is not to be seen of it.
 * @throws when the file turns out to be shorter.
 */
export async function* readChunks(
  handle: Pick<ReadHandle, 'read'>,
  start: number,
  end: number,
  signal: AbortSignal,
  blot: Blot | null = null,
): AsyncGenerator<Buffer, void> {
  for (let at = start; at < end && !signal.aborted; ) {
    const chunk = await readChunk(handle, at, end, blot);
    if (chunk.length === 0) throw new Error(`the file ended at byte ${at}; it had ${end}`);
    at += chunk.length;
    yield chunk;
  }
}

/** The next bytes of a file from an offset; none at its end. @param end offset before which it ends. */
export async function readChunk(
  handle: Pick<ReadHandle, 'read'>,
  at: number,
  end: number,
  blot: Blot | null = null,
): Promise<Buffer> {
  // What is read around a part is not to be many times the part, however long a credential is.
  const size = Math.min(Math.max(CHUNK, blot?.reach ?? 0), end - at);
  if (blot !== null) return readBlotted(handle, at, size, blot);
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(size), 0, size, at);
  return buffer.subarray(0, bytesRead);
}

/** Reads around the part as far as what is to be blotted may reach, so that none across a border is missed. */
async function readBlotted(handle: Pick<ReadHandle, 'read'>, at: number, size: number, blot: Blot): Promise<Buffer> {
  const from = Math.max(0, at - blot.reach);
  const wanted = at - from + size + blot.reach;
  const buffer = Buffer.allocUnsafe(wanted);
  const bytesRead = await readWhole(handle, buffer, from);
  const read = blot.bytes(buffer.subarray(0, bytesRead), bytesRead < wanted);
  return read.subarray(at - from, at - from + size);
}
