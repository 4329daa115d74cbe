import { relative } from 'node:path';

/**
 * Whether two folders are the same, or one lies in the other: then runs in them may see each other's files.
 *
 * @param a absolute, without links. @param b the same.
 */
export function foldersOverlap(a: string, b: string): boolean {
  return liesIn(b, a) || liesIn(a, b);
}

/** Whether a folder is another, or lies in it. Both absolute, without links. */
export function liesIn(inner: string, outer: string): boolean {
  const way = relative(outer, inner);
  return way !== '..' && !way.startsWith('../');
}
