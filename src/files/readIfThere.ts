import { readFile } from 'node:fs/promises';
import { codeOf } from '../thrown.ts';

/** The text of a file; null when it is not there. @throws the system's error when it cannot be read. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
