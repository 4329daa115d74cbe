import type { Dirent } from 'node:fs';
import { constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SilentFilesystem, throughGate } from '../../../files/fileThreads.ts';
import { rootOf, whereIs } from '../../../files/openRunFile.ts';
import { systemCalls } from '../../../files/systemCalls.ts';

/** Whether a path in an output folder is one of a results or samples file. */
export type IsOutput = (path: string) => boolean;

const asFolder = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * What lies in an output folder under the name of a results or samples file, relative to it, sorted: directly in it and
 * one folder deeper, as harnesses write them. A link, a pipe and the like are named too: opening one says why
 * it is not read. Folders that are links are not entered; those that cannot be read count as empty.
 * @throws SilentFilesystem when one does not answer.
 */
export async function listOutput(output: string, isOutput: IsOutput): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entriesOf(output, '', isOutput)) {
    if (entry.isDirectory()) {
      for (const inner of await entriesOf(output, entry.name, isOutput)) {
        const path = join(entry.name, inner.name);
        if (!inner.isDirectory() && isOutput(path)) found.push(path);
      }
    } else if (isOutput(entry.name)) found.push(entry.name);
  }
  return found.sort();
}

/** The first link in an output folder that may lead to a folder with results; null when there is none. */
export async function linkIn(output: string): Promise<string | null> {
  return (await entriesOf(output, '', () => false)).find((entry) => entry.isSymbolicLink())?.name ?? null;
}

/** Which file that is now, and how much it has: to see later whether it has changed. @throws the system's error. */
export async function stateOfFile(path: string): Promise<readonly [inode: number, size: number, modified: number]> {
  const { ino, size, mtimeMs } = await throughGate({ folder: dirname(path), path }, () => systemCalls().lstat(path));
  return [ino, size, mtimeMs];
}

/** Files and folders that matter: of a folder with millions of others nothing is kept. */
async function entriesOf(output: string, name: string, isOutput: IsOutput): Promise<Dirent[]> {
  const path = join(output, name);
  try {
    return await throughGate({ folder: output, path }, async () => {
      const resolved = join(await rootOf({ path: output, isOwn: false }), name);
      const { open, entries: entriesIn } = systemCalls();
      const held = await open(resolved, asFolder);
      try {
        // It may be a link by now, or lie behind one.
        if ((await whereIs(held.fd)) !== resolved.replace(/\/$/, '')) return [];
        const entries: Dirent[] = [];
        for await (const entry of entriesIn(`/proc/self/fd/${held.fd}`)) {
          const isOther = entry.isFile() && !isOutput(join(name, entry.name));
          if (!isOther) entries.push(entry);
        }
        return entries;
      } finally {
        await held.close();
      }
    });
  } catch (error) {
    if (error instanceof SilentFilesystem) throw error;
    return [];
  }
}
