import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

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

/**
 * Results and samples files in an output folder, relative to it, sorted: those directly in it and those one folder
 * deeper, as lmms-eval writes them. Links are followed, as lmms-eval follows them; folders that cannot be read count
 * as empty.
 */
export async function listOutput(output: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entriesOf(output)) {
    if (readOutputPath(entry.name) !== null && (await isA(output, entry, 'file'))) found.push(entry.name);
    if (!(await isA(output, entry, 'folder'))) continue;
    for (const inner of await entriesOf(join(output, entry.name))) {
      const path = join(entry.name, inner.name);
      if (readOutputPath(path) !== null && (await isA(join(output, entry.name), inner, 'file'))) found.push(path);
    }
  }
  return found.sort();
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

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

async function isA(parent: string, entry: Dirent, what: 'file' | 'folder'): Promise<boolean> {
  if (!entry.isSymbolicLink()) return what === 'file' ? entry.isFile() : entry.isDirectory();
  try {
    const target = await stat(join(parent, entry.name));
    return what === 'file' ? target.isFile() : target.isDirectory();
  } catch {
    return false;
  }
}
