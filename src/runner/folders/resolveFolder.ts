import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { startFolder } from './workingFolder.ts';

/** As many as Linux follows. */
const MOST_LINKS = 40;

/**
 * The one spelling of a folder, which need not be there yet: absolute, a relative one from where the server was started, and without links as far as it exists. A part
 * that cannot be looked at is left as it is written. Synchronous.
 */
export function resolveFolder(path: string): string {
  return follow(resolve(startFolder, path), MOST_LINKS);
}

function follow(path: string, links: number): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    if (parent === path) return path;
    const target = links > 0 ? targetOf(path) : null;
    // A link to what is not there yet: once it is, the link leads to it.
    if (target !== null) return follow(resolve(follow(parent, links), target), links - 1);
    return join(follow(parent, links), basename(path));
  }
}

function targetOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
