import { accessSync, chmodSync, constants, readdirSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileFault } from '../errors.ts';
import { makeFolder } from '../files/mkdirBeneath.ts';

/** A data folder cannot be used. The message is one line: the flag, the folder, and why or what to do. */
export class DataDirError extends Error {
  override name = 'DataDirError';
  constructor(dataDir: string, reason: string, options?: ErrorOptions) {
    super(`--data-dir ${dataDir}: ${reason}`, options);
  }
}

/** What evald keeps in its folder. */
const OWN = /^(journal\.db.*|lock\.db.*|webhook\.secret.*|runs|outputs)$/;
/** What is about to be put in the place of a journal; gone when it is there. */
export const RESTORING = 'journal.db.restoring';
/** What is in the root of a new volume. */
const EMPTY = 'lost+found';

/** Permissions of the group and of everybody else. */
const OTHERS = 0o077;
const STICKY = 0o1000;

/**
 * Makes a data folder, for its owner only (0700). One that is there is closed to others when it is evald's: when it has
 * a journal, or nothing in it that is not evald's. Any other one is used as it is, and only if no one else may enter it.
 * @throws DataDirError
 */
export async function prepareDataDir(dataDir: string): Promise<void> {
  try {
    const found = statSync(dataDir, { throwIfNoEntry: false });
    if (found === undefined) await makeFolder(dataDir);
    else if (!found.isDirectory()) throw new DataDirError(dataDir, 'it is not a folder');
    else if ((found.mode & OTHERS) !== 0) close(dataDir, found);
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof DataDirError) throw error;
    const reason = `it cannot be made or used: ${fileFault(error)}; name a folder that the user of evald may make, read and write`;
    throw new DataDirError(dataDir, reason, { cause: error });
  }
}

/**
 * Refuses a folder whose journal was lost: it would be begun anew, with no job in it, beside what runs have left. And one in which a
 * journal was being put back: what lies there may be without its last changes.
 * @throws DataDirError that says what to do.
 */
export function refuseEmptied(dataDir: string): void {
  const sizeOf = (name: string) => statSync(join(dataDir, name), { throwIfNoEntry: false })?.size ?? null;
  const size = sizeOf('journal.db');
  if (sizeOf(RESTORING) !== null) {
    const what = `a backup was being put back when that was ended (${RESTORING} is there)`;
    throw new DataDirError(dataDir, `${what}: do it again, with evald journal restore`);
  }
  const hasChanges = (sizeOf('journal.db-wal') ?? 0) > 0;
  if (size !== null && size > 0) return;
  const hasRuns = size === 0 && entriesOf(join(dataDir, 'runs')).length > 0;
  if (!hasChanges && !hasRuns) return;
  const what =
    size === null ? 'journal.db is gone, and journal.db-wal holds changes of it' : 'journal.db is empty, and was not';
  throw new DataDirError(dataDir, `${what}: put a backup of both in their places, or move them away to begin anew`);
}

/** The names in a folder; none where it cannot be read. */
export function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Closes a folder to others, if it is evald's to close. @throws DataDirError when it is not. */
function close(dataDir: string, { mode, uid }: Stats): void {
  const refuse = (reason: string) => {
    const own = join(dataDir, 'evald');
    const open = `others may enter it (mode 0${(mode & 0o7777).toString(8)}) and ${reason}`;
    throw new DataDirError(dataDir, `${open}; choose a folder of evald's own, e.g. --data-dir ${own}`);
  };
  if ((mode & STICKY) !== 0 || dirname(resolve(dataDir)) === resolve(dataDir)) refuse('it is shared');
  if (uid !== process.geteuid?.()) refuse('it belongs to another user');
  const names = readdirSync(dataDir).filter((name) => name !== EMPTY);
  if (!names.includes('journal.db') && !names.every((name) => OWN.test(name)))
    refuse('it holds files of others than evald');
  chmodSync(dataDir, 0o700);
}
