import { mayContinue } from '../composition/openStores.ts';
import { ConfigError } from '../config/readConfig.ts';
import { firstLine } from '../errors.ts';
import { type CopiedJournal, UpkeepError, writeBackup } from '../journal/backup.ts';
import { journalFile, openJournalForReading, versionOf } from '../journal/database.ts';
import { DataDirError } from '../journal/dataDir.ts';
import { createExpiredIds } from '../journal/expired.ts';
import { openSqliteJournal } from '../journal/journal.ts';
import { lockDataDir } from '../journal/lock.ts';
import { migrations } from '../journal/migrations.ts';
import { restoreBackup, runsDirOf } from '../journal/restore.ts';
import { journalFault, sqlite, sqliteCode } from '../journal/sqliteErrors.ts';
import { timelineOf } from '../journal/timeline.ts';
import { vacuumJournal } from '../journal/vacuum.ts';
import { isLaunchAlive } from '../runner/backends/local/handle.ts';
import { createRunFolders, discardRun } from '../runner/folders/runFolders.ts';
import { createRetention, daysToAge } from '../scheduler/retention.ts';
import { expectJournal } from './journal.ts';

/** Which ended jobs stay, by their number and by their age. */
export type PruneLimits = { history: number; days: number };

/** `evald journal backup`. @returns the exit code. */
export const backupCommand = (dataDir: string, file: string, isForced: boolean): Promise<number> =>
  reporting(dataDir, () => {
    expectJournal(dataDir);
    const backup = writeBackup(dataDir, file, isForced);
    console.log(`${file}: ${contentOf(backup)}; it was read back and is whole`);
    console.log('not in it: outputs and logs of runs (outputs/, runs/), the file of tokens, webhook.secret');
    if (backup.withCredentials > 0) {
      console.log(
        `in it: credentials of ${count(backup.withCredentials, 'job')} not yet ended: keep it as you keep the data folder`,
      );
    }
  });

/** `evald journal restore`. @returns the exit code. */
export const restoreCommand = (dataDir: string, file: string, isForced: boolean): Promise<number> =>
  reporting(dataDir, async () => {
    const restored = await restoreBackup(dataDir, file, {
      ...{ isForced, isAlive: mayContinue, isLaunchAlive },
      now: new Date(),
    });
    console.log(`${journalFile(dataDir)}: ${contentOf(restored)}`);
    if (restored.kept !== null) console.log(`the journal that was there is kept as ${restored.kept}`);
    const { launchedSince, unknown, refusal } = restored;
    if (launchedSince.length > 0) {
      console.log(
        `launched after the backup: ${count(launchedSince.length, 'job')} that it has as waiting or running; the next server looks their runs up and starts none again`,
      );
    }
    if (unknown.length > 0) {
      console.log(
        `not in the backup: ${count(unknown.length, 'job')} of which there are folders in runs/: they stay, and no server knows them`,
      );
    }
    if (refusal !== null) console.log(`a server will refuse it as it is: ${refusal}`);
  });

/** `evald journal vacuum`. @returns the exit code. */
export const vacuumCommand = (dataDir: string): Promise<number> =>
  reporting(dataDir, async () => {
    expectJournal(dataDir);
    const { before, after } = await vacuumJournal(dataDir);
    console.log(`${journalFile(dataDir)}: ${megabytes(before)} MB before, ${megabytes(after)} MB now`);
  });

/** `evald journal prune`: as a server that has these limits forgets. @returns the exit code. */
export const pruneCommand = (dataDir: string, limits: PruneLimits, isDry: boolean): Promise<number> =>
  reporting(dataDir, async () => {
    expectJournal(dataDir);
    const { runsDir, beyond } = lookAhead(dataDir, limits);
    if (isDry) return void console.log(`${count(beyond, 'ended job')} would be forgotten; scores stay`);
    refuseBesideServer(dataDir);
    const journal = await openSqliteJournal(dataDir, {
      ...(runsDir !== null && { runsDir }),
      isAlive: mayContinue,
    });
    const stuck: string[] = [];
    let forgotten = 0;
    try {
      const awaited = new Set(
        journal
          .restore(0)
          .flatMap(({ jobId, mayBeHeld }) => (mayBeHeld ? (journal.find(jobId)?.options.after ?? []) : [])),
      );
      const folders = createRunFolders(runsDir ?? dataDir, null);
      const prune = createRetention(
        journal,
        (job) => discardRun(folders, job),
        { jobs: limits.history, age: daysToAge(limits.days) },
        journal.monotonic,
        {
          onForgotten: (jobIds) => {
            forgotten += jobIds.length;
          },
          onProblem: (message) => stuck.push(message),
          isNeeded: (jobId) => awaited.has(jobId),
        },
      );
      await prune();
    } finally {
      await journal.close();
    }
    console.log(`${count(forgotten, 'ended job')} forgotten, with what their runs left; scores stay`);
    if (stuck.length > 0) throw new UpkeepError(stuck.join('\nevald: '));
  });

/** What would be forgotten, and where runs are. @throws UpkeepError for a journal of another version: to prune it would migrate it. */
function lookAhead(dataDir: string, { history, days }: PruneLimits): { runsDir: string | null; beyond: number } {
  const database = openJournalForReading(dataDir);
  try {
    if (versionOf(database) < migrations.length) {
      throw new UpkeepError(
        `${journalFile(dataDir)} was written by an earlier version: start a server of this one on it first, which migrates it`,
      );
    }
    const awaited = database.prepare(
      "SELECT 1 FROM jobs, json_each(jobs.options, '$.after') AS earlier WHERE status = 'queued' AND earlier.value = ?",
    );
    const before = timelineOf(database).monotonic() - daysToAge(days);
    const isAwaited = (jobId: string) => awaited.get(jobId) !== undefined;
    const beyond = createExpiredIds(database)(history, before, isAwaited);
    return { runsDir: runsDirOf(database), beyond: [...beyond].length };
  } finally {
    database.close();
  }
}

/** @throws UpkeepError that says how a server is to forget more. */
function refuseBesideServer(dataDir: string): void {
  try {
    lockDataDir(dataDir)();
  } catch (error) {
    if (!(error instanceof DataDirError) || sqliteCode(error.cause) !== sqlite.busy) throw error;
    throw new UpkeepError(
      `another server uses the data folder ${dataDir}, and forgets by itself: start it again with lower --history and --history-days, or stop it first`,
    );
  }
}

/** What was thrown for its user is one line. */
async function reporting(dataDir: string, work: () => void | Promise<void>): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const isSaid = error instanceof UpkeepError || error instanceof DataDirError;
    console.error(`evald: ${isSaid ? error.message : journalFault(journalFile(dataDir), firstLine(error))}`);
    return 1;
  }
}

function contentOf({ jobs, events, bytes }: CopiedJournal): string {
  const states = Object.entries(jobs).map(([status, many]) => `${many} ${status}`);
  return `${states.join(', ') || 'no jobs'}; events to ${events.last ?? 0}; ${megabytes(bytes)} MB`;
}

const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`;
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
