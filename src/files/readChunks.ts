import type { FileHandle } from 'node:fs/promises';

/** Bytes read at a time: enough to be fast, little enough for hundreds of readers. */
const CHUNK = 64 * 1024;

/**
 * Reads a part of a file, a chunk whenever one is asked for.
 * @param end offset before which it ends. @throws when the file turns out to be shorter.
 */
export async function* readChunks(
  handle: FileHandle,
  start: number,
  end: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  for (let at = start; at < end && !signal.aborted; ) {
    const chunk = await readChunk(handle, at, end);
    if (chunk.length === 0) throw new Error(`the file ended at byte ${at}; it had ${end}`);
    at += chunk.length;
    yield chunk;
  }
}

/** The next bytes of a file from an offset; none at its end. @param end offset before which it ends. */
export async function readChunk(handle: FileHandle, at: number, end: number): Promise<Buffer> {
  const size = Math.min(CHUNK, end - at);
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(size), 0, size, at);
  return buffer.subarray(0, bytesRead);
}
