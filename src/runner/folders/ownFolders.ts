import { sep } from 'node:path';
import { errorMessage } from '../../errors.ts';
import { makeFolder } from '../../files/mkdirBeneath.ts';
import { removeTree } from '../../files/removeTree.ts';
import { RunError } from '../../machines/ports/runner.ts';

/** A folder's path in another. @throws RunError when the name would lead elsewhere. */
export function inside(parent: string, name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes(sep)) {
    throw new RunError(`${JSON.stringify(name)} is no name of a folder`);
  }
  return `${parent}${sep}${name}`;
}

/** For its owner only, as the folder around it. @returns whether it was made now. */
export function makeOwnFolder(folder: string): Promise<boolean> {
  return makeFolder(folder);
}

/** Deletes a folder; a link is deleted itself, never what it points to. @throws RunError that names the folder. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await removeTree(folder);
  } catch (error) {
    throw new RunError(`${folder} cannot be deleted: ${errorMessage(error)}`, { cause: error });
  }
}
