import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileIfExists } from '../../files/readFileIfExists.ts';
import { replaceFile } from '../../files/writeRunFile.ts';
import { makeOwnFolder } from '../folders/ownFolders.ts';

const NOTE = 'being-read';

/**
 * Notes that what a run wrote is about to be read: should that end the server, the next one knows. A note that cannot be
 * made keeps no run from being judged.
 * @param folder the job's folder of state.
 * @returns whether a server has ended while it read this before, by that or by anything else.
 */
export async function noteReading(folder: string): Promise<boolean> {
  try {
    // Whatever the run may have put in its place says nothing else.
    const isAgain = await readFileIfExists(join(folder, NOTE)).then(
      (text) => text !== null,
      () => true,
    );
    await makeOwnFolder(folder);
    await replaceFile(join(folder, NOTE), '');
    return isAgain;
  } catch {
    // What cannot be noted is not known.
    return false;
  }
}

/** Takes the note back: it was read, or the server ends as it should. Never throws. */
export async function forgetReading(folder: string): Promise<void> {
  await rm(join(folder, NOTE), { force: true, recursive: true }).catch(() => {});
}
