import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Files below a folder that hold one of some texts, relative to it, sorted. A folder that is not there has none. */
export async function filesWith(folder: string, texts: readonly string[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const found = await Promise.all(
    files.map(async (path) => ((await holds(path, texts)) ? [relative(folder, path)] : [])),
  );
  return found.flat().sort();
}

/** Command lines of all processes of this machine that hold one of some texts. */
export async function commandLinesWith(texts: readonly string[]): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
  return lines.filter((line) => texts.some((text) => line.includes(text)));
}

async function holds(path: string, texts: readonly string[]): Promise<boolean> {
  const content = await readFile(path).catch(() => Buffer.alloc(0));
  return texts.some((text) => content.includes(text));
}
