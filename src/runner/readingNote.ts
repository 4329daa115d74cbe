import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere } from '../files/readIfThere.ts';
import { makeOwnFolder } from './ownFolders.ts';

const NOTE = 'being-read';
/** Servers that may end while they read what one run wrote: the first may have been killed for another reason. */
const MOST_ENDED = 2;

/**
 * Notes that what a run wrote is about to be read: should that end the server, the next one knows. A note that cannot be
 * made keeps no run from being judged.
 * @param folder the job's folder of state.
 * @returns why it is not to be read again; null: it may be.
 */
export async function noteReading(folder: string): Promise<string | null> {
  try {
    const noted = Number(await readIfThere(join(folder, NOTE)));
    const ended = Number.isSafeInteger(noted) && noted > 0 ? noted : 0;
    if (ended >= MOST_ENDED)
      return `not read again, for the server ended ${ended} times while it read what the run wrote`;
    await makeOwnFolder(folder);
    await writeFile(join(folder, NOTE), String(ended + 1));
  } catch {
    // What cannot be noted is not known.
  }
  return null;
}

/** Takes the note back: it was read, or the server ends as it should. Never throws. */
export async function forgetReading(folder: string): Promise<void> {
  await rm(join(folder, NOTE), { force: true }).catch(() => {});
}
