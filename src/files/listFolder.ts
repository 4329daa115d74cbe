import { constants, type FileHandle, lstat, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsent } from './openFile.ts';
import { whereIs } from './openInside.ts';

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
 * or cannot be read has none. @param root as `realpath` gives it. @param most files. @param mostLooks entries looked at.
 * @returns whether there are more.
 */
export async function listFolder(
  root: string,
  most: number,
  mostLooks = MOST_LOOKS,
): Promise<{ files: FoundFile[]; isCut: boolean }> {
  const files: FoundFile[] = [];
  const folders = [''];
  let looks = 0;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for await (const { path, isFolder, size, modified } of entriesOf(root, folder)) {
      looks += 1;
      if (files.length === most || looks > mostLooks) return { files: sorted(files), isCut: true };
      if (isFolder) folders.push(path);
      else files.push({ path, size, modified });
    }
  }
  return { files: sorted(files), isCut: false };
}

/** Files and folders of one folder, which is held open, so that it cannot be exchanged for another while it is read. */
async function* entriesOf(root: string, folder: string): AsyncGenerator<FoundFile & { isFolder: boolean }, void> {
  const handle = await openFolder(join(root, folder));
  if (handle === null) return;
  try {
    if ((await whereIs(handle.fd)) !== join(root, folder).replace(/\/$/, '')) return;
    const held = `/proc/self/fd/${handle.fd}`;
    for await (const { name } of await opendir(held)) {
      const stat = await lstat(join(held, name)).catch(() => null);
      if (!stat?.isFile() && !stat?.isDirectory()) continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      yield { path, isFolder: stat.isDirectory(), size: stat.size, modified: stat.mtimeMs };
    }
  } finally {
    await handle.close();
  }
}

async function openFolder(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function sorted(files: FoundFile[]): FoundFile[] {
  return files.sort((one, other) => (one.path < other.path ? -1 : 1));
}
