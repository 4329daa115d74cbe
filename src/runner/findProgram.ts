import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';
import { startFolder } from './folders/workingFolder.ts';

/**
 * Finds a program as a shell would that stands where the server was started: a name on the search path, anything with a slash
 * as a path.
 *
 * @param searchPath a `PATH`; undefined: the system's. @returns its absolute path; null when there is no such executable file.
 */
export async function findProgram(name: string, searchPath: string | undefined): Promise<string | null> {
  if (name.includes('/')) {
    const path = resolve(startFolder, name);
    return (await isExecutable(path)) ? path : null;
  }
  for (const folder of (searchPath ?? '/usr/bin:/bin').split(delimiter)) {
    const candidate = resolve(startFolder, folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    // Side by side: each is a turn of a thread for files, and every submission waits for them.
    const [, found] = await Promise.all([access(path, constants.X_OK), stat(path)]);
    return found.isFile();
  } catch {
    return false;
  }
}
