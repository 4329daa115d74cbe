import { open, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../errors.ts';
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
    return await isThere(folder).catch(async (error) => {
      if (errorCode(error) !== 'ENOENT') throw error;
      await makeOwnFolder(folder);
      return isThere(folder);
    });
  } catch {
    // What cannot be noted is not known.
    return false;
  }
}

/** Makes the note, unless it is there: then whatever the run may have put in its place says nothing else. @throws the system's error. */
async function isThere(folder: string): Promise<boolean> {
  try {
    await (await open(join(folder, NOTE), 'wx', 0o600)).close();
    return false;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return true;
    throw error;
  }
}

/** Takes the note back: it was read, or the server ends as it should. Never throws. */
export async function forgetReading(folder: string): Promise<void> {
  const note = join(folder, NOTE);
  await unlink(note)
    .catch(() => rm(note, { force: true, recursive: true }))
    .catch(() => {});
}
