import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../thrown.ts';

/** Opens the log of a run; null when it was deleted or renamed, which says nothing of the run. @throws the system's error. */
export async function openLog(path: string): Promise<FileHandle | null> {
  return open(path).catch((error) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
}
