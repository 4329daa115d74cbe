import type { ReadHandle } from '../../files/openRunFile.ts';
import { readWhole } from '../../files/readWhole.ts';
import type { Redactor } from './redactor.ts';

/** Bytes read at a time: enough to be fast, little enough for hundreds of readers. */
const CHUNK = 64 * 1024;

/**
 * Reads a part of a file, a chunk whenever one is asked for.
 * @param end offset before which it ends. @param redactor what is not to be seen of it.
 * @throws when the file turns out to be shorter.
 */
export async function* readChunks(
  handle: Pick<ReadHandle, 'read'>,
  start: number,
  end: number,
  signal: AbortSignal,
  redactor: Redactor | null = null,
): AsyncGenerator<Buffer, void> {
  for (let at = start; at < end && !signal.aborted; ) {
    const chunk = await readChunk(handle, at, end, redactor);
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
  redactor: Redactor | null = null,
): Promise<Buffer> {
  // What is read around a part is not to be many times the part, however long a credential is.
  const size = Math.min(Math.max(CHUNK, redactor?.reach ?? 0), end - at);
  if (redactor !== null) return readRedacted(handle, at, size, redactor);
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(size), 0, size, at);
  return buffer.subarray(0, bytesRead);
}

/** Reads around the part as far as what is to be redacted may reach, so that none across a border is missed. */
async function readRedacted(
  handle: Pick<ReadHandle, 'read'>,
  at: number,
  size: number,
  redactor: Redactor,
): Promise<Buffer> {
  const from = Math.max(0, at - redactor.reach);
  const wanted = at - from + size + redactor.reach;
  const buffer = Buffer.allocUnsafe(wanted);
  const bytesRead = await readWhole(handle, buffer, from);
  const read = redactor.bytes(buffer.subarray(0, bytesRead), bytesRead < wanted);
  return read.subarray(at - from, at - from + size);
}
