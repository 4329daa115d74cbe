import { constants } from 'node:fs';
import { type FileHandle, lstat, open, realpath, access as tryAccess, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorCode, errorMessage } from '../../errors.ts';
import { type FileAccess, openFileTo, ownersOnly } from '../../files/fileAccess.ts';
import { makeFolder, mkdirBeneath, throughHandle } from '../../files/mkdirBeneath.ts';
import { RunError, UnavailableError } from '../../machines/ports/runner.ts';
import { folderFault, type OutputFolders, rootOf } from './outputFolders.ts';
import { startFolder } from './workingFolder.ts';

/** The folder a run writes to, there by now. */
export type PreparedOutput = {
  /** Absolute path. */
  output: string;
  /** Holds it open where it must not be exchanged for another meanwhile. */
  handle: FileHandle | null;
  /** Whether it was made now, by evald and for this run: then there is nothing in it. */
  isNew: boolean;
};

const MOST_LOGS_A_SECOND = 1_000;

/** Makes a folder of evald's own. @throws the system's error. */
export async function makeOwn(output: string, access: FileAccess): Promise<PreparedOutput> {
  return { output, handle: null, isNew: await makeFolder(output, access) };
}

/**
 * Makes the folder that a client named. Within roots the run gets its one spelling, so that no link in the client's
 * can lead it elsewhere later.
 * @param folder the one spelling of it, from when it was looked up. @throws when clients may not write there, it leads
 * elsewhere by now, or the system will not have it; UnavailableError when the operator's root cannot be used.
 */
export async function makeNamed(
  named: string,
  folder: string,
  folders: OutputFolders,
  access: FileAccess,
): Promise<PreparedOutput> {
  const fault = folderFault(folder, folders);
  if (fault !== null) throw new RunError(fault);
  const root = folders.roots === null ? null : rootOf(folder, folders.roots);
  if (root !== null) return { output: folder, handle: await makeInRoot(root, folder, access), isNew: false };
  const output = resolve(startFolder, named);
  await makeFolder(output, access);
  await expectSame(folder, output);
  return { output, handle: null, isNew: false };
}

/** A root is the operator's: that it is gone, or cannot be written, is no fault of a job that named a folder in it. */
async function makeInRoot(root: string, folder: string, access: FileAccess): Promise<FileHandle> {
  try {
    return await mkdirBeneath(root, folder, access);
  } catch (error) {
    await tryAccess(root, constants.W_OK | constants.X_OK).catch((cause) => {
      throw new UnavailableError(`the output root ${root} cannot be used: ${errorMessage(cause)}`, { cause });
    });
    throw error;
  }
}

/** Which jobs may run beside a run was decided by where its folder was. @throws when that is elsewhere now. */
export async function expectSame(folder: string, output: string): Promise<void> {
  const resolved = await realpath(output);
  if (resolved !== folder)
    throw new RunError(`it led to ${folder} when it was looked up, and leads to ${resolved} now`);
}

/** Creates the log, empty. Two runs of the same second and folder get one each. @returns its path. */
export async function createRunLog(
  { output, handle }: Pick<PreparedOutput, 'output' | 'handle'>,
  time: Date,
  access: FileAccess,
): Promise<string> {
  const first = `eval-${stampOf(time)}`;
  for (let number = 1; ; number++) {
    const name = number === 1 ? `${first}.log` : `${first}-${number}.log`;
    try {
      const log = await open(
        handle === null ? join(output, name) : throughHandle(handle, name),
        'wx',
        ownersOnly.files,
      );
      await openFileTo(access, log).finally(() => log.close());
      return join(output, name);
    } catch (error) {
      const isTaken = errorCode(error) === 'EEXIST';
      if (!isTaken || number === MOST_LOGS_A_SECOND) throw error;
    }
  }
}

/** Deletes the log of a launch that never came to be, if nothing was written to it. @param log its path. */
export async function dropUnused(log: string): Promise<void> {
  const found = await lstat(log).catch(() => null);
  // For people that look into the folder: nothing depends on it.
  if (found?.isFile() && found.size === 0) await unlink(log).catch(() => {});
}

/** `YYYYMMDD-HHMMSS`, local time as the original's. */
function stampOf(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('');
  return `${date}-${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join('')}`;
}
