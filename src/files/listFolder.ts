import { isUtf8 } from 'node:buffer';
import { constants, type FileHandle, lstat, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../errors.ts';
import { isAbsent, whereIs } from './openRunFile.ts';

/** A file below a folder. */
export type FoundFile = {
  /** Relative to the folder. */
  path: string;
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
};

/** Entries looked at, and so also folders: a run may have made any number. */
const MOST_LOOKS = 20_000;

/**
 * Regular files below a folder, at any depth, sorted by path. Links are left out and not followed; a folder that is gone
 * has none. @param root as `realpath` gives it. @param most files. @param isWanted which files are looked for, by name; all unless
 * said. @param mostLooks entries looked at.
 * @returns whether there are more: beyond these limits, in a folder that cannot be read or whose path is too long for the
 * system, or under a name that is no text.
 */
export async function listFolder(
  root: string,
  most: number,
  { mostLooks = MOST_LOOKS, isWanted = () => true }: { mostLooks?: number; isWanted?: (name: string) => boolean } = {},
): Promise<{ files: FoundFile[]; isCut: boolean }> {
  const files: FoundFile[] = [];
  const folders = [''];
  let looks = 0;
  let isCut = false;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for await (const found of entriesOf(root, folder)) {
      if (found === 'hidden') {
        isCut = true;
        continue;
      }
      const { path, isFolder, size, modified } = found;
      looks += 1;
      if (!isFolder && !isWanted(path.slice(path.lastIndexOf('/') + 1))) {
        if (looks > mostLooks) return { files: sorted(files), isCut: true };
        continue;
      }
      if (files.length === most || looks > mostLooks) return { files: sorted(files), isCut: true };
      if (isFolder) folders.push(path);
      else files.push({ path, size, modified });
    }
  }
  return { files: sorted(files), isCut };
}

/** Files and folders of one folder, which is held open, so that it cannot be exchanged for another while it is read. */
async function* entriesOf(
  root: string,
  folder: string,
): AsyncGenerator<(FoundFile & { isFolder: boolean }) | 'hidden', void> {
  const handle = await openFolder(join(root, folder));
  if (handle === 'hidden') yield handle;
  if (handle === null || handle === 'hidden') return;
  try {
    if ((await whereIs(handle.fd)) !== join(root, folder).replace(/\/$/, '')) return;
    const held = `/proc/self/fd/${handle.fd}`;
    for await (const entry of await opendir(held, { encoding: 'latin1' })) {
      const bytes = Buffer.from(entry.name, 'latin1');
      const name = bytes.toString();
      const stat = await lstat(join(held, name)).catch(() => null);
      // A name that is no text cannot be asked for.
      if (stat === null || !isUtf8(bytes)) {
        if (entry.isFile() || entry.isDirectory()) yield 'hidden';
        continue;
      }
      if (!stat.isFile() && !stat.isDirectory()) continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      yield { path, isFolder: stat.isDirectory(), size: stat.size, modified: stat.mtimeMs };
    }
  } finally {
    await handle.close();
  }
}

async function openFolder(path: string): Promise<FileHandle | 'hidden' | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errorCode(error) === 'EACCES' || errorCode(error) === 'ENAMETOOLONG') return 'hidden';
    if (isAbsent(error)) return null;
    throw error;
  }
}

function sorted(files: FoundFile[]): FoundFile[] {
  return files.sort((one, other) => (one.path < other.path ? -1 : 1));
}
