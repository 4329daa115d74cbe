import { constants, type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { errorCode } from '../errors.ts';
import { type FileAccess, openFolderTo, ownersOnly } from './fileAccess.ts';

/** Linux's O_PATH, which Node does not name: opens a folder to go through it, even where its entries cannot be read. */
const O_PATH = 0o10_000_000;
const folderWithoutLink = constants.O_DIRECTORY | constants.O_NOFOLLOW | O_PATH;

/**
 * Makes a folder below another, and holds it open. Every folder on the way is opened before the next is made in it, and
 * no link is followed, so that nothing is made outside, whatever is exchanged for a link meanwhile.
 * @param root is made if it is not there; links in its own path are followed. @param folder below it, or the same; as
 * `realpath` would give it.
 * @returns the folder, open: `/proc/self/fd/<fd>` leads to it. Its owner closes it.
 * @param access users that may enter what is made; what is there keeps its mode.
 * @throws Error with the system's words and the path.
 */
export async function mkdirBeneath(root: string, folder: string, access = ownersOnly): Promise<FileHandle> {
  const names = relative(root, folder).split('/').filter(Boolean);
  if (names.includes('..')) throw new Error(`${folder} does not lie in ${root}`);
  await makeFolder(root, access);
  let place = root;
  let held = await open(root, constants.O_DIRECTORY | O_PATH);
  for (const name of names) {
    place = join(place, name);
    const next = await enter(held, name, access)
      .catch((error) => {
        throw new Error(systemMessage(error, place), { cause: error });
      })
      .finally(() => held.close());
    held = next;
  }
  return held;
}

/** Where what lies in an open folder can be found, whatever its path leads to by now. */
export const throughHandle = ({ fd }: FileHandle, name: string): string => join(`/proc/self/fd/${fd}`, name);

async function enter(parent: FileHandle, name: string, access: FileAccess): Promise<FileHandle> {
  const place = throughHandle(parent, name);
  const isNew = await mkdir(place, { mode: ownersOnly.folders }).then(
    () => true,
    (error) => {
      if (error.code !== 'EEXIST') throw error;
      return false;
    },
  );
  if (isNew) await openFolderTo(access, place);
  return open(place, folderWithoutLink);
}

/** The system's words name a path through a descriptor, which tells a reader nothing. */
function systemMessage(error: NodeJS.ErrnoException, place: string): string {
  const [words] = error.message.split(', ');
  return `${words}, ${place}`;
}

/**
 * Makes a folder and those above it that are not there. Node's own recursive `mkdir` never ends below a folder that is
 * not there and cannot be made, as in `/proc`, and takes a thread with it.
 *
 * @param access users that may enter what is made; what is there keeps its mode. @returns whether it was made now.
 * @throws the system's error.
 */
export async function makeFolder(path: string, access = ownersOnly): Promise<boolean> {
  try {
    return await makeOne(path, access);
  } catch (error) {
    const parent = dirname(path);
    if (errorCode(error) !== 'ENOENT' || parent === path) throw error;
    await makeFolder(parent, access);
    return makeOne(path, access);
  }
}

async function makeOne(path: string, access: FileAccess): Promise<boolean> {
  try {
    await mkdir(path, { mode: ownersOnly.folders });
  } catch (error) {
    const isThere = errorCode(error) === 'EEXIST';
    if (!isThere || !(await stat(path)).isDirectory()) throw error;
    return false;
  }
  await openFolderTo(access, path);
  return true;
}
