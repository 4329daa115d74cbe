import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, fileFault } from '../errors.ts';

/** Bytes; a line has about a hundred. */
const MAX_SIZE = 4 * 1024 * 1024;

/** What is said of a file that cannot be used: the option that names it, and how to make one where there is none. */
type Named = { option: string; remedy: string };

/**
 * The text of a file that the server trusts and keeps from others: one that only its owner can read, the server's user or root, in folders in which no other user
 * can replace it by another file. What was checked is what is read.
 * @throws AccessError that names the file and what to do.
 */
export function readPrivateFile(file: string, named: Named): string {
  const { option } = named;
  const opened = open(file, named);
  try {
    const { mode, uid, size, isFile } = statOf(opened);
    if (!isFile) throw new AccessError(`${option}: ${file} is no file`);
    if ((mode & 0o077) !== 0) {
      throw new AccessError(`${option}: ${file} is open to others than its owner; run chmod 600 ${file}`);
    }
    const own = process.getuid?.();
    if (own !== undefined && uid !== own && uid !== 0) {
      throw new AccessError(
        `${option}: ${file} belongs to user ${uid}; it should belong to the user of the server (${own}) or root`,
      );
    }
    refuseOpenFolders(file, own, option);
    if (size > MAX_SIZE) throw new AccessError(`${option}: ${file} should have at most ${MAX_SIZE} bytes`);
    return readFileSync(opened, 'utf8');
  } finally {
    closeSync(opened);
  }
}

/** Write permission of the group or of all others, and the bit by which only owners may replace what is in a folder. */
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * The folders on the way, those of the links too: a user that can write in one of them says what is in the file.
 * @throws AccessError that names the folder.
 */
function refuseOpenFolders(file: string, own: number | undefined, option: string): void {
  for (const path of new Set([file, realpathSync(file)])) {
    for (let folder = realpathSync(dirname(path)); ; folder = dirname(folder)) {
      const { mode, uid } = lstatSync(folder);
      if ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0) {
        throw new AccessError(
          `${option}: others than its owner can write in ${folder}, and so replace ${file}; run chmod go-w ${folder}`,
        );
      }
      if (own !== undefined && uid !== own && uid !== 0) {
        throw new AccessError(
          `${option}: ${folder} belongs to user ${uid}, who can replace ${file}; it should belong to the user of the server (${own}) or root`,
        );
      }
      if (folder === dirname(folder)) break;
    }
  }
}

function open(file: string, { option, remedy: missing }: Named): number {
  try {
    // A pipe would keep us waiting for a writer.
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const remedy = errorCode(error) === 'ENOENT' ? missing : 'it must be a file of that user, readable by it alone';
    throw new AccessError(`${option}: ${file} cannot be read: ${fileFault(error)}; ${remedy}`);
  }
}

function statOf(opened: number) {
  const stat = fstatSync(opened);
  return { mode: stat.mode, uid: stat.uid, size: stat.size, isFile: stat.isFile() };
}

/** A file of tokens or secrets, or how callers are admitted, cannot be used. The message is one line, and holds none of them. */
export class AccessError extends Error {
  override name = 'AccessError';
}
