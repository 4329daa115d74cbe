import { join, relative } from 'node:path';
import { foldersOverlap, liesIn } from '../../machines/scheduler/foldersOverlap.ts';
import { resolveFolder } from './resolveFolder.ts';

/** Where clients may have files written. */
export type OutputFolders = {
  /** Folders in which they may name one, absolute; null: anywhere. */
  roots: readonly string[] | null;
  /** Folder of evald's own files. */
  dataDir: string;
  /** Folder in which `outputs/` and `runs/` are, if it is another one; others may have files beside these. */
  runsDir?: string;
};

/** Runs without a folder of their client's have theirs under a name that ends in the id of their job. */
const OWN_NAME = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The roots that an operator means.
 * @param given as named; none: the default. @param runsDir the folder in which `outputs/` is. @param isOpen whether evald answers this machine alone, and every caller of it.
 */
export function outputRoots(given: readonly string[], runsDir: string, isOpen: boolean): readonly string[] | null {
  if (given.length > 0) return given;
  return isOpen ? null : [outputsOf(runsDir)];
}

/** The folder with the runs' own folders. */
export const outputsOf = (runsDir: string): string => join(runsDir, 'outputs');

/** The root in which a folder lies, without links; null when there is none. Synchronous. @param folder without links. */
export function rootOf(folder: string, roots: readonly string[]): string | null {
  return roots.map(resolveFolder).find((root) => liesIn(folder, root)) ?? null;
}

/**
 * Why clients may not have files written to a folder; null when they may. Looks at links as they are now, synchronously.
 * @param folder as `resolveFolder` gives it.
 */
export function folderFault(folder: string, { roots, dataDir, runsDir = dataDir }: OutputFolders): string | null {
  if (roots !== null && rootOf(folder, roots) === null) {
    return `it must lie in ${roots.join(' or ')}, links followed`;
  }
  const kept = [dataDir, runsDir].find((parent) => isOwn(folder, resolveFolder(parent), parent !== dataDir));
  return kept === undefined
    ? null
    : `${kept} is kept for evald's own files; in ${outputsOf(kept)}, name a folder that does not end in the id of a job`;
}

/** Whether evald's own files lie in a folder, or may come to. @param isShared whether others may have files in `parent`. */
function isOwn(folder: string, parent: string, isShared: boolean): boolean {
  const outputs = outputsOf(parent);
  if (folder !== outputs && liesIn(folder, outputs)) {
    const [name = ''] = relative(outputs, folder).split('/');
    return OWN_NAME.test(name);
  }
  return (isShared ? [outputs, join(parent, 'runs')] : [parent]).some((own) => foldersOverlap(folder, own));
}
