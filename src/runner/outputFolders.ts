import { join, relative } from 'node:path';
import { foldersOverlap, liesIn } from './foldersOverlap.ts';
import { resolveFolder } from './resolveFolder.ts';

/** Where clients may have files written. */
export type OutputFolders = {
  /** Folders in which they may name one, absolute; null: anywhere. */
  roots: readonly string[] | null;
  /** Folder of evald's own files. */
  dataDir: string;
};

/** Runs without a folder of their client's have theirs under a name that ends in the id of their job. */
const OWN_NAME = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The roots that an operator means.
 * @param given as named; none: the default. @param isOpen whether evald answers this machine alone, and whoever asks.
 */
export function outputRoots(given: readonly string[], dataDir: string, isOpen: boolean): readonly string[] | null {
  if (given.length > 0) return given;
  return isOpen ? null : [outputsOf(dataDir)];
}

/** The folder with the runs' own folders. */
export const outputsOf = (dataDir: string): string => join(dataDir, 'outputs');

/** The root in which a folder lies, without links; null when there is none. Synchronous. @param folder without links. */
export function rootOf(folder: string, roots: readonly string[]): string | null {
  return roots.map(resolveFolder).find((root) => liesIn(folder, root)) ?? null;
}

/**
 * Why clients may not have files written to a folder; null when they may. Looks at links as they are now, synchronously.
 * @param folder as `resolveFolder` gives it.
 */
export function folderFault(folder: string, { roots, dataDir }: OutputFolders): string | null {
  if (roots !== null && rootOf(folder, roots) === null) {
    return `it must lie in ${roots.join(' or ')}, links followed`;
  }
  return isOwn(folder, resolveFolder(dataDir))
    ? `${dataDir} is kept for evald's own files; in ${outputsOf(dataDir)}, name a folder that does not end in the id of a job`
    : null;
}

/** Whether evald's own files lie in a folder, or may come to. */
function isOwn(folder: string, dataDir: string): boolean {
  if (!foldersOverlap(folder, dataDir)) return false;
  const outputs = outputsOf(dataDir);
  if (folder === outputs || !liesIn(folder, outputs)) return true;
  const [name = ''] = relative(outputs, folder).split('/');
  return OWN_NAME.test(name);
}
