import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../thrown.ts';
import { type FileAccess, openFolderTo, ownersOnly } from './fileAccess.ts';

/**
 * Makes a folder and those above it that are not there. Node's own recursive `mkdir` never ends below a folder that is
 * not there and cannot be made, as in `/proc`, and takes a thread with it.
 *
 * @param access who may enter what is made; what is there keeps its mode. @throws the system's error.
 */
export async function makeFolder(path: string, access = ownersOnly): Promise<void> {
  try {
    await makeOne(path, access);
  } catch (error) {
    const parent = dirname(path);
    if (codeOf(error) !== 'ENOENT' || parent === path) throw error;
    await makeFolder(parent, access);
    await makeOne(path, access);
  }
}

async function makeOne(path: string, access: FileAccess): Promise<void> {
  try {
    await mkdir(path, { mode: ownersOnly.folders });
  } catch (error) {
    const isThere = codeOf(error) === 'EEXIST';
    if (!isThere || !(await stat(path)).isDirectory()) throw error;
    return;
  }
  await openFolderTo(access, path);
}
