import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../thrown.ts';

/**
 * Makes a folder and those above it that are not there. Node's own recursive `mkdir` never ends below a folder that is
 * not there and cannot be made, as in `/proc`, and takes a thread with it.
 *
 * @param mode permissions of the folder itself. @throws the system's error.
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  try {
    await makeOne(path, mode);
  } catch (error) {
    const parent = dirname(path);
    if (codeOf(error) !== 'ENOENT' || parent === path) throw error;
    await makeFolder(parent);
    await makeOne(path, mode);
  }
}

async function makeOne(path: string, mode: number | undefined): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const isThere = codeOf(error) === 'EEXIST';
    if (!isThere || !(await stat(path)).isDirectory()) throw error;
  }
}
