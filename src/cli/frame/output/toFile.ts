import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { ClientError } from '../../../client/errors.ts';
import { errorCode } from '../../../errors.ts';
import { UsageError } from '../exitCodes.ts';

/**
 * Writes a file as a whole: under another name until all of it is there, in place of what was there.
 * @throws UsageError when it cannot be written, ClientError when what it is made of ends too soon.
 */
export async function toFile(
  file: string,
  pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const partial = `${file}.part`;
  try {
    await pipeline(pieces, createWriteStream(partial), { signal });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof ClientError || error instanceof UsageError) throw error;
    if (signal.aborted) throw new ClientError({ code: 'interrupted' }, 'The call was interrupted');
    const code = errorCode(error);
    if (code === undefined || !/^E[A-Z]+$/.test(code)) {
      throw new ClientError({ code: 'unreachable', isLost: true }, `The connection was lost while ${file} was written`);
    }
    throw new UsageError(`${file} cannot be written: ${code}`);
  }
}
