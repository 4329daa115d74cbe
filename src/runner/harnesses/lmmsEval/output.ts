import type { Dirent } from 'node:fs';
import { constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SilentFilesystem, throughGate } from '../../../files/fileThreads.ts';
import { rootOf, whereIs } from '../../../files/openRunFile.ts';
import { systemCalls } from '../../../files/systemCalls.ts';

/** A results or samples file of lmms-eval. */
export type OutputFile = {
  /** Relative to the output folder. */
  path: string;
  /** The model's folder; empty for a file directly in the output folder. */
  folder: string;
  /** Names the run: its files begin with the same stamp. */
  stamp: string;
  kind: 'results' | 'samples';
};

const asFolder = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * What lies in an output folder under the name of a results or samples file, relative to it, sorted: directly in it and
 * one folder deeper, as lmms-eval writes them. A link, a pipe and the like are named too: opening one says why
 * it is not read. Folders that are links are not entered; those that cannot be read count as empty.
 * @throws SilentFilesystem when one does not answer.
 */
export async function listOutput(output: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entriesOf(output, '')) {
    if (entry.isDirectory()) {
      for (const inner of await entriesOf(output, entry.name)) {
        const path = join(entry.name, inner.name);
        if (!inner.isDirectory() && readOutputPath(path) !== null) found.push(path);
      }
    } else if (readOutputPath(entry.name) !== null) found.push(entry.name);
  }
  return found.sort();
}

/** The first link in an output folder that may lead to a folder with results; null when there is none. */
export async function linkIn(output: string): Promise<string | null> {
  return (await entriesOf(output, '')).find((entry) => entry.isSymbolicLink())?.name ?? null;
}

/** Which file that is now, and how much it has: to see later whether it has changed. @throws the system's error. */
export async function stateOfFile(path: string): Promise<readonly [inode: number, size: number, modified: number]> {
  const { ino, size, mtimeMs } = await throughGate({ folder: dirname(path), path }, () => systemCalls().lstat(path));
  return [ino, size, mtimeMs];
}

/** What a path in an output folder tells. Null when it is no file of lmms-eval. */
export function readOutputPath(path: string): OutputFile | null {
  const slash = path.indexOf('/');
  const folder = path.slice(0, Math.max(slash, 0));
  const name = path.slice(slash + 1);
  const results = /^(.+)_results\.json$/.exec(name)?.[1];
  if (results !== undefined) return { path, folder, stamp: results, kind: 'results' };
  const end = name.indexOf('_samples_');
  if (end < 1 || !name.endsWith('.jsonl')) return null;
  return { path, folder, stamp: name.slice(0, end), kind: 'samples' };
}

/** Files and folders that matter: of a folder with millions of others nothing is kept. */
async function entriesOf(output: string, name: string): Promise<Dirent[]> {
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
          const isOther = entry.isFile() && readOutputPath(entry.name) === null;
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
