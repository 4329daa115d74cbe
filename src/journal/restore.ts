import { copyFileSync, existsSync, linkSync, readdirSync, renameSync, rmSync, type Stats, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorCode, fileFault, firstLine } from '../errors.ts';
import { syncFolder } from '../files/syncFolder.ts';
import {
  besideJournal,
  type CopiedJournal,
  checkCopy,
  copyJournal,
  removeIfThere,
  roomOr,
  UpkeepError,
} from './backup.ts';
import { BUSY, journalFile, versionOf } from './database.ts';
import { DataDirError, prepareDataDir, RESTORING } from './dataDir.ts';
import { inspectFolder } from './folderIdentity.ts';
import { launchedSince, launchesIn, type NewerLaunch } from './launchedSince.ts';
import { lockDataDir } from './lock.ts';
import { migrations } from './migrations.ts';
import { transaction } from './transaction.ts';

/** What has come of putting a journal back. */
export type Restored = CopiedJournal & {
  /** Where the journal that was there is kept; null: there was none. */
  kept: string | null;
  /** Jobs that have not ended in the backup and were launched after it. */
  launchedSince: string[];
  /** Folders of jobs that the backup does not know. */
  unknown: string[];
  /** Why a server will refuse the folder as it is; null: it will not. */
  refusal: string | null;
};

export type RestoreOptions = {
  /** Whether it is put back although a run goes on of which it knows nothing. */
  isForced: boolean;
  /** Whether the run of a launch may go on, by its handle, or by its state folder alone. */
  isAlive: (handle: unknown, state: string) => boolean;
  isLaunchAlive: (state: string) => boolean;
  /** The time, for the name of what is kept. */
  now: Date;
};

/**
 * Puts a journal back into a data folder that no server uses. The backup is copied and checked before anything changes; the journal that is
 * there stays beside it, under a name with the time. Ended in between, the folder is refused by servers until this is done again.
 * @throws UpkeepError, or DataDirError when the folder cannot be used.
 */
export async function restoreBackup(dataDir: string, file: string, options: RestoreOptions): Promise<Restored> {
  const backup = resolve(file);
  const found = statOf(backup);
  if (!found?.isFile()) throw new UpkeepError(`${file} is no file: name one that "evald journal backup" has written`);
  const present = statOf(journalFile(dataDir));
  if (present?.ino === found.ino && present.dev === found.dev)
    throw new UpkeepError(`${file} is the journal that is in the data folder: name a backup`);
  await prepareDataDir(dataDir);
  const unlock = lockDataDir(dataDir);
  const copy = besideJournal(dataDir, 'copying');
  try {
    rmSync(copy, { force: true });
    copyJournal(file, copy, () => {
      const database = new DatabaseSync(backup, { readOnly: true, timeout: BUSY });
      return { database, close: () => database.close() };
    });
    const copied = checkCopy(file, copy);
    const runs = lookAtRuns(dataDir, copy, options);
    const kept = putInPlace(dataDir, copy, options.now);
    return { ...copied, ...runs, kept };
  } catch (error) {
    removeIfThere(copy);
    if (error instanceof UpkeepError || error instanceof DataDirError) throw error;
    throw new UpkeepError(`${dataDir} cannot be written: ${roomOr(error)}`);
  } finally {
    unlock();
  }
}

/** Undefined when it is not there. @throws UpkeepError */
function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw new UpkeepError(`${file} cannot be looked at: ${fileFault(error)}`);
  }
}

/** @throws UpkeepError when a run goes on of which the backup knows nothing. */
function lookAtRuns(dataDir: string, copy: string, { isForced, isAlive, isLaunchAlive }: RestoreOptions) {
  const database = new DatabaseSync(copy, { readOnly: true });
  try {
    const runsDir = runsDirOf(database) ?? dataDir;
    const isKnown = database.prepare('SELECT 1 FROM jobs WHERE job_id = ?');
    const unknown = entriesOf(join(runsDir, 'runs')).filter((jobId) => isKnown.get(jobId) === undefined);
    for (const jobId of isForced ? [] : unknown) {
      const alive = launchesIn(join(runsDir, 'runs', jobId)).find(isLaunchAlive);
      if (alive === undefined) continue;
      throw new UpkeepError(
        `the run of job ${jobId} goes on (${join(alive, 'identity')} has its pid), and the backup does not know that job: end it or wait for its end; where it is of another server, or may be left to itself, add --force`,
      );
    }
    const since = launchedSince(database, runsDir);
    const refusal = refusalOf(dataDir, copy, runsDir, isAlive);
    // Maybe for a server of that version, which does not look for launches.
    if (versionOf(database) < migrations.length) noteStarts(copy, since);
    return { unknown, launchedSince: since.map(({ jobId }) => jobId), refusal };
  } finally {
    database.close();
  }
}

/** Notes in a journal of an earlier version what a server of this one finds out at its start. Every version has had these columns, but for devices. */
function noteStarts(copy: string, launches: readonly NewerLaunch[]): void {
  const database = new DatabaseSync(copy);
  try {
    const event = database.prepare("INSERT INTO events (job_id, at, type, data) VALUES (?, ?, 'started', '{}')");
    const start = database.prepare("UPDATE jobs SET status = 'running', started_at = ? WHERE job_id = ?");
    const hasDevices = versionOf(database) >= DEVICES_SINCE;
    const own = hasDevices ? database.prepare('UPDATE jobs SET devices = ? WHERE job_id = ?') : null;
    transaction(database, () => {
      for (const { jobId, devices } of launches.filter(({ status }) => status === 'queued')) {
        const at = Date.now();
        event.run(jobId, at);
        start.run(at, jobId);
        if (devices !== null) own?.run(JSON.stringify(devices), jobId);
      }
    });
  } finally {
    database.close();
  }
}

/** The migration from which on jobs have devices. */
const DEVICES_SINCE = 4;

function refusalOf(dataDir: string, file: string, runsDir: string, isAlive: RestoreOptions['isAlive']): string | null {
  try {
    inspectFolder(dataDir, { file, runsDir, isAlive });
    return null;
  } catch (error) {
    if (error instanceof DataDirError) return error.message;
    throw error;
  }
}

/** Where runs are, if they are not in the data folder. */
export function runsDirOf(database: DatabaseSync): string | null {
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'settings'").get() === undefined) return null;
  const row = database.prepare("SELECT value FROM settings WHERE name = 'runs-dir'").get();
  const value: unknown = row && JSON.parse(String(row['value']));
  return typeof value === 'string' ? value : null;
}

/** @returns where the journal that was there is; null when there was none. */
function putInPlace(dataDir: string, copy: string, now: Date): string | null {
  const place = journalFile(dataDir);
  const ready = join(dataDir, RESTORING);
  const stamp = now.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const kept = unusedName(besideJournal(dataDir, `replaced-${stamp}`));
  // From here on no server takes the folder until all is done: in between, a journal would be without its last changes.
  renameSync(copy, ready);
  syncFolder(dataDir);
  const parts = ['', '-wal', '-journal'].filter((end) => (statOf(place + end)?.size ?? 0) > 0);
  try {
    for (const end of parts) keep(place + end, kept + end);
  } catch (error) {
    // Nothing has changed yet.
    for (const file of [ready, ...parts.map((end) => kept + end)]) removeIfThere(file);
    throw error;
  }
  for (const end of ['-wal', '-shm', '-journal']) rmSync(place + end, { force: true });
  syncFolder(dataDir);
  renameSync(ready, place);
  syncFolder(dataDir);
  return parts.length > 0 ? kept : null;
}

function unusedName(name: string): string {
  for (let count = 1; ; count++) {
    const tried = count === 1 ? name : `${name}-${count}`;
    if (!existsSync(tried) && !existsSync(`${tried}-wal`)) return tried;
  }
}

/** Gives a file a second name; on a disk that knows none, a copy. */
function keep(file: string, name: string): void {
  try {
    linkSync(file, name);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(errorCode(error) ?? '')) throw error;
    copyFileSync(file, name);
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw new UpkeepError(`${folder} cannot be read: ${firstLine(error)}`);
  }
}
