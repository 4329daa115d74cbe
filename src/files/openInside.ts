import { readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpenedFile, openFile } from './openFile.ts';

/**
 * Opens a file below a folder; null when there is none. Never one outside: a path with `..`, a link on the way or in the
 * place of the file lead to nothing. What was opened is looked at, not only its path, so that a folder exchanged for a
 * link in between is noticed too.
 * @param root as `realpath` gives it. @param path relative to it, names separated by `/`.
 */
export async function openInside(root: string, path: string): Promise<OpenedFile | null> {
  if (!isPlain(path)) return null;
  const file = await openFile(join(root, path));
  if (file === null || (await whereIs(file.handle.fd)) === join(root, path)) return file;
  await file.handle.close();
  return null;
}

/** The path of what a descriptor has open, links resolved. */
export function whereIs(descriptor: number): Promise<string> {
  return readlink(`/proc/self/fd/${descriptor}`);
}

function isPlain(path: string): boolean {
  const names = path.split('/');
  return !path.includes('\0') && names.every((name) => name !== '' && name !== '.' && name !== '..');
}
