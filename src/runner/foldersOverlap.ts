import { relative } from 'node:path';

/**
 * Whether two folders are the same, or one lies in the other: then runs in them may see each other's files.
 *
 * @param a absolute, without links. @param b the same.
 */
export function foldersOverlap(a: string, b: string): boolean {
  return contains(a, b) || contains(b, a);
}

function contains(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way !== '..' && !way.startsWith('../');
}
