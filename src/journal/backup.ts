import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileFault, firstLine } from '../errors.ts';
import { syncFolder } from '../files/syncFolder.ts';
import { checkJournal, type JournalReport } from './check.ts';
import { BUSY, journalFile, refuseLater, versionOf } from './database.ts';
import { openForRescue } from './rescue.ts';

/** A journal cannot be backed up, put back or tidied up. The message is one line: what, why, and what to do. */
export class UpkeepError extends Error {
  override name = 'UpkeepError';
}

/** What a copy of a journal has. */
export type CopiedJournal = JournalReport & {
  bytes: number;
  /** Jobs that have not ended and whose credentials are in it. */
  withCredentials: number;
};

/**
 * Copies a journal as it is at this moment, beside a server that writes, which it keeps waiting for nothing. Whole and on disk under its
 * name, for its owner only, or not there at all. It has the credentials of jobs that have not ended, for they could not run without; of
 * those that have, nothing.
 * @param replace whether a file that is there may be replaced. @throws UpkeepError
 */
export function writeBackup(dataDir: string, file: string, replace: boolean): CopiedJournal {
  const path = resolve(file);
  const copy = `${path}.${randomBytes(4).toString('hex')}.new`;
  try {
    refuseTarget(dataDir, path, replace);
    copyJournal(journalFile(dataDir), copy, () => openForRescue(dataDir));
    const copied = checkCopy(journalFile(dataDir), copy);
    // Another one may have been put there meanwhile.
    refuseTarget(dataDir, path, replace);
    renameSync(copy, path);
    syncFolder(dirname(path));
    return copied;
  } catch (error) {
    removeIfThere(copy);
    if (error instanceof UpkeepError) throw error;
    throw new UpkeepError(`${file} cannot be written: ${roomOr(error)}`);
  }
}

/** @throws UpkeepError when a backup may not be there. */
function refuseTarget(dataDir: string, path: string, replace: boolean): void {
  const folder = realpathIfThere(dirname(path));
  if (folder === null) throw new UpkeepError(`${dirname(path)} is no folder: make it, or name another file`);
  if (
    folder === realpathIfThere(dataDir) &&
    /^(journal\.db(-.*|\.restoring|\.copying)?|lock\.db.*|webhook\.secret.*)$/.test(basename(path))
  )
    throw new UpkeepError(`${path} is a file of the data folder itself: name another one, best on another disk`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isFile()) throw new UpkeepError(`${path} is there and is no file: name another one`);
  if (!replace) throw new UpkeepError(`${path} is there: name another file, or replace it with --force`);
  // SQLite would take what lies in them for changes of the new one.
  const open = ['-wal', '-journal'].map((end) => path + end).find((beside) => existsSync(beside));
  if (open !== undefined)
    throw new UpkeepError(`${path} is open as a database (${open}): close it, or name another file`);
}

/** The folder itself, past links; null when there is none. */
function realpathIfThere(folder: string): string | null {
  try {
    return statSync(folder).isDirectory() ? realpathSync(folder) : null;
  } catch {
    return null;
  }
}

/**
 * Copies a journal to a file that is not there, without what was deleted from it; on disk when it returns.
 * @param from its file, for what is said. @param open opens it.
 * @throws UpkeepError when it is none, or is of a later version; another error when the copy cannot be written.
 */
export function copyJournal(from: string, to: string, open: () => { database: DatabaseSync; close(): void }): void {
  const reading = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      throw new UpkeepError(`${from} cannot be read: ${firstLine(error)}`);
    }
  };
  const { database, close } = reading(open);
  try {
    const version = reading(() => versionOf(database));
    if (version === 0 || !reading(() => hasJobs(database))) throw new UpkeepError(`${from} is no journal of evald`);
    reading(() => refuseLater(version));
    // Made before SQLite opens it: it is for its owner only from the start.
    closeSync(openSync(to, 'wx', 0o600));
    // One statement sees the journal as it is when it begins; what is written meanwhile goes on.
    database.prepare('VACUUM INTO ?').run(to);
  } finally {
    close();
  }
  syncFile(to);
}

/** Reads a copy back. @throws UpkeepError when it is not whole: then what it was copied from is not. */
export function checkCopy(from: string, file: string): CopiedJournal {
  const copy = new DatabaseSync(file, { readOnly: true, timeout: BUSY });
  try {
    const report = checkJournal(copy);
    const [problem] = report.problems;
    if (problem !== undefined) {
      throw new UpkeepError(
        `${from} is not whole (${problem}): "evald journal check" lists what is wrong, "evald journal export" saves what can be read`,
      );
    }
    const isKept = copy.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'job_secrets'").get() !== undefined;
    const kept = isKept ? copy.prepare('SELECT count(*) AS count FROM job_secrets').get()?.['count'] : 0;
    return { ...report, bytes: statSync(file).size, withCredentials: Number(kept) };
  } finally {
    copy.close();
  }
}

const hasJobs = (database: DatabaseSync): boolean =>
  database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'jobs'").get() !== undefined;

/** Why a file could not be written. SQLite says of a full disk only that it is full, or that the disk failed. */
export const roomOr = (error: unknown): string =>
  /full|disk I\/O/.test(firstLine(error)) ? `its disk is full, or fails (${firstLine(error)})` : fileFault(error);

/** Removes what is left of a copy that could not be made. What cannot be removed is no reason to say anything else than why. */
export function removeIfThere(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Its folder is none, or something else is there.
  }
}

/** Has what a file holds be on disk. */
function syncFile(file: string): void {
  const open = openSync(file, 'r+');
  try {
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
}

/** A file beside the journal that no server opens. */
export const besideJournal = (dataDir: string, name: string): string => join(dataDir, `journal.db.${name}`);
