import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';

/** Where the server was started, by its path: it may be deleted while the server lives, and made again. */
export const startFolder: string = process.cwd();

/**
 * The folder in which a run is started: that of the server, so that relative paths in the operator's and the clients' words
 * mean what they meant, and Python finds there what it always found. When it is gone, or may not be entered, the given one:
 * most programs, Python's among them, fail in a folder that is not there.
 * @param other one that is certain to be there, and in which no one but the server writes: `python -m` looks for modules in it.
 */
export async function workingFolder(other: string): Promise<string> {
  return (await isUsable(startFolder)) ? startFolder : other;
}

/** The same for programs of the server's own, which read no relative path. */
export const anyFolder = (): Promise<string> => workingFolder('/');

async function isUsable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.X_OK);
    return (await stat(folder)).isDirectory();
  } catch {
    return false;
  }
}
