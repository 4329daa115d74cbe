import { chmod, chown, constants, type FileHandle, open, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import { O_PATH } from './walkTree.ts';

/** Which users may enter the folders and read the files that evald and its runs make. */
export type FileAccess = {
  folders: number;
  files: number;
  /** What a run takes from the modes of its own files. */
  umask: number;
  /** The group that they are given to; null: they stay with that of evald's user. */
  group: number | null;
};

export const ownersOnly: FileAccess = { folders: 0o700, files: 0o600, umask: 0o077, group: null };

/** The members of a group may read. What is made in such a folder belongs to the group, too (setgid). */
export const sharedWith = (group: number): FileAccess => ({ folders: 0o2750, files: 0o640, umask: 0o027, group });

const SETGID = 0o2000;
const asFolder = constants.O_DIRECTORY | constants.O_NOFOLLOW | O_PATH;

/** Gives a folder that was made just now, open to its owner only, to those who may enter it. @throws the system's error. */
export async function openFolderTo({ group, folders }: FileAccess, path: string): Promise<void> {
  if (group === null) return;
  const held = await open(path, asFolder);
  try {
    const opened = `/proc/self/fd/${held.fd}`;
    await chown(opened, ownUser(), group);
    await chmod(opened, folders);
  } finally {
    await held.close();
  }
}

/** The same for a file that was made just now. @throws the system's error. */
export async function openFileTo({ group, files }: FileAccess, file: FileHandle): Promise<void> {
  if (group === null) return;
  await file.chown(ownUser(), group);
  await file.chmod(files);
}

/**
 * What a run takes from the modes of its files in a folder: what it lets a group read it must also give to the right one,
 * which only the folder can do. @throws the system's error.
 */
export async function umaskIn(folder: string, { group, umask }: FileAccess): Promise<number> {
  if (group === null) return umask;
  const { gid, mode } = await stat(folder);
  return gid === group && (mode & SETGID) !== 0 ? umask : ownersOnly.umask;
}

/** As a shell's `umask` takes it. */
export const umaskWord = (umask: number): string => umask.toString(8).padStart(3, '0');

const ownUser = (): number => process.geteuid?.() ?? -1;

/** The home folder of this process's user; null where there is none: no HOME, and no entry in /etc/passwd. */
export function homeFolder(): string | null {
  try {
    const home = homedir();
    return isAbsolute(home) ? home : null;
  } catch {
    return null;
  }
}
