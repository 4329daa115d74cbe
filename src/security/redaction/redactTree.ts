import { chmod, constants, type FileHandle, lstat, open, readlink, rename, symlink, unlink } from 'node:fs/promises';
import { errorCode } from '../../errors.ts';
import { O_PATH, type TreeEntry, walkTree } from '../../files/walkTree.ts';
import { redactFile, showsSecret } from './redactFile.ts';
import type { Redactor } from './redactor.ts';

/** Bytes of holes that are read of all files together: a file of eight exabytes may be one hole, and takes no room. */
const MOST_HOLES = 1024 ** 3;
const BLOCK = 512;
const READ_AND_WRITE = 0o600;

/** Where a file lies, and the folder that it lies in: paths of any kind that lead there. */
export type FileLocation = Pick<TreeEntry, 'place' | 'folder' | 'name'>;

/**
 * Redacts files one after the other.
 * @returns a function that redacts one. What has other names is left as it is; what is no file has nothing to redact.
 * @throws the function: the system's error, or an Error that says why it was left as it is.
 */
export function createRedactFile(redactor: Redactor) {
  let holes = 0;
  return async (file: FileLocation): Promise<void> => {
    const held = await open(file.place, O_PATH | constants.O_NOFOLLOW);
    try {
      const stat = await held.stat();
      if (!stat.isFile()) return;
      const hole = Math.max(0, stat.size - stat.blocks * BLOCK);
      if (hole > 0 && holes + hole > MOST_HOLES) {
        throw new Error(`it has ${stat.size} bytes, most of them a hole, and was not read`);
      }
      holes += hole;
      await withAccess(held, stat.mode & 0o7777, async () => {
        const handle = await open(`/proc/self/fd/${held.fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
        try {
          const read = { handle, size: stat.size };
          if (stat.nlink === 1) await redactFile(read, redactor);
          // It may be another's: neither changed nor copied. Nothing shows it as long as it has them.
          else if (await showsSecret(read, redactor))
            throw new Error('it has other names (hard links), and was left as it is');
        } finally {
          await handle.close();
        }
      });
    } finally {
      await held.close();
    }
  };
}

/**
 * Redacts all that lies in a folder that is a run's own: what files have, where links lead to, and all names.
 * @param root an open folder. @param problem called for each thing that could not be redacted, by its path below the root.
 * @throws as `walkTree`.
 */
export async function redactTree(
  root: FileHandle,
  redactor: Redactor,
  problem: (shown: string, error: unknown) => void,
): Promise<void> {
  const redactFile = createRedactFile(redactor);
  const redactName = async ({ name, folder, place }: TreeEntry) => {
    const named = redactor.bytes(Buffer.from(name));
    if (named.equals(name)) return;
    const target = Buffer.concat([Buffer.from(`${folder}/`), named]);
    const isTaken = await lstat(target).then(
      () => true,
      () => false,
    );
    if (isTaken) throw new Error('its name has a credential, and the name without it is taken');
    await rename(place, target);
  };
  await walkTree(root, {
    async file(entry) {
      await redactLink(entry, redactor);
      await redactFile(entry);
      await redactName(entry);
    },
    folder: redactName,
    problem: (shown, error) => problem(redactor.text(shown), error),
  });
}

/** Where a link leads may be a credential too. */
async function redactLink({ place }: FileLocation, redactor: Redactor): Promise<void> {
  const target = await readlink(place, 'buffer').catch((error) => {
    if (errorCode(error) === 'EINVAL') return null;
    throw error;
  });
  const redacted = target && redactor.bytes(Buffer.from(target));
  if (target === null || redacted === null || redacted.equals(target)) return;
  await unlink(place);
  await symlink(redacted, place);
}

/** What its owner may not read or change is opened up for as long as the work takes. */
async function withAccess(held: FileHandle, mode: number, work: () => Promise<void>): Promise<void> {
  try {
    return await work();
  } catch (error) {
    if (errorCode(error) !== 'EACCES') throw error;
  }
  const path = `/proc/self/fd/${held.fd}`;
  await chmod(path, mode | READ_AND_WRITE);
  try {
    await work();
  } finally {
    await chmod(path, mode);
  }
}
