import { rmdir, unlink } from 'node:fs/promises';
import { errorCode, errorMessage } from '../errors.ts';
import { openFolder, walkTree } from './walkTree.ts';

/**
 * Deletes a folder with all that lies in it, whatever its names, depth and modes; a link is deleted itself, never what
 * it points to. Nothing there is no error. What can be deleted is, also when something else cannot.
 * @throws Error that names the first thing that could not be deleted, and how many there were.
 */
export async function removeTree(path: string): Promise<void> {
  let first = '';
  let count = 0;
  const folder = await openFolder(path).catch(async (error) => {
    const code = errorCode(error);
    if (code === 'ENOTDIR' || code === 'ELOOP') await unlink(path);
    else if (code !== 'ENOENT') throw error;
    return null;
  });
  if (folder === null) return;
  try {
    await walkTree(folder, {
      file: ({ place }) => unlink(place),
      folder: async ({ place }) => {
        await rmdir(place).catch((error) => {
          // What is left in it was named already.
          if (errorCode(error) !== 'ENOTEMPTY' || count === 0) throw error;
        });
      },
      problem: (shown, error) => {
        count += 1;
        first ||= `${shown || path}: ${errorMessage(error)}`;
      },
    });
  } finally {
    await folder.close();
  }
  if (count > 0) throw new Error(count === 1 ? first : `${first} (and ${count - 1} more)`);
  await rmdir(path);
}
