import { chmodSync, closeSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createScrub } from './jobSecrets.ts';
import { maskOldRequests, TRACES } from './maskOldRequests.ts';
import { migrations } from './migrations.ts';
import { noteOldResultFiles } from './resultFiles.ts';
import { writeOldScores } from './scoreWriter.ts';
import { transaction } from './transaction.ts';

/** The journal's file in a data folder. */
export const journalFile = (dataDir: string): string => join(dataDir, 'journal.db');

/** Bytes of a journal, with those that are still to be moved into it; a file that is not there has none. */
export async function journalBytes(dataDir: string): Promise<number> {
  const files = [journalFile(dataDir), `${journalFile(dataDir)}-wal`];
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file)
        .then(({ size }) => size)
        .catch(() => 0),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Milliseconds to wait for another connection's lock: a statement by hand, a recovery. The thread that waits cannot be
 * ended meanwhile, so that this delays the end of the process too.
 */
export const BUSY = 1_000;

/**
 * Opens the journal of a data folder for writing, making and migrating it as needed. Every commit is on disk when it
 * returns (WAL, `synchronous=FULL`). The file is for its owner only (0600).
 * @throws when the file is no journal, is damaged, was written by a later version, or lies where WAL cannot be used.
 */
export function openJournal(dataDir: string): DatabaseSync {
  // Made before SQLite opens it: the files beside it (-wal, -shm) take over its mode.
  closeSync(openSync(journalFile(dataDir), 'a', 0o600));
  chmodSync(journalFile(dataDir), 0o600);
  return prepared(new DatabaseSync(journalFile(dataDir), { timeout: BUSY }));
}

/** Makes an opened database a journal: durable, and migrated to this version. @throws when it cannot be. */
export function prepared(database: DatabaseSync): DatabaseSync {
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  // One in memory, as tests have it, has no other mode.
  if (mode !== 'wal' && mode !== 'memory') {
    throw new Error(
      `its filesystem cannot hold the journal: SQLite needs shared memory (WAL) there and got "${mode}"; choose a folder on a local disk`,
    );
  }
  // What is deleted is overwritten: requests keep secrets.
  database.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;');
  database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT}; PRAGMA journal_size_limit = ${LARGEST_WAL}`);
  migrate(database);
  writeOldScores(database);
  noteOldResultFiles(database);
  removeTraces(database);
  return database;
}

/**
 * Pages in the WAL after which they are copied to their places, 32 MiB: a submission touches pages all over the indexes,
 * and those that several have touched are copied once.
 */
const CHECKPOINT = 8_000;

/** Bytes of the WAL's file that stay on the disk when all of it has been copied. */
const LARGEST_WAL = 64 * 1024 * 1024;

/** The migration from which on requests are kept masked. */
export const MASKED_SINCE = 3;

/** Opens the journal of a data folder for reading only, beside its writer. @throws when there is none. */
export function openJournalForReading(dataDir: string, file = journalFile(dataDir)): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY });
  refuseLater(versionOf(database));
  return database;
}

function migrate(database: DatabaseSync): void {
  const version = versionOf(database);
  refuseLater(version);
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    transaction(database, () => {
      database.exec(migration);
      if (index + 1 === MASKED_SINCE) maskOldRequests(database);
      database.exec(`PRAGMA user_version = ${index + 1}`);
    });
  }
}

/** Removes what an earlier server has deleted, or masked, and had no time to overwrite. */
function removeTraces(database: DatabaseSync): void {
  const isRewritten = database.prepare(`SELECT 1 FROM settings WHERE name = '${TRACES}'`).get() !== undefined;
  if (isRewritten) {
    database.exec('VACUUM');
    database.exec(`DELETE FROM settings WHERE name = '${TRACES}'`);
  }
  createScrub(database)();
}

/** The number of the schema. */
export function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** @throws when a journal is of a later version. */
export function refuseLater(version: number): void {
  if (version <= migrations.length) return;
  throw new Error(
    `it was written by a later version of evald (its schema is ${version}, this one knows ${migrations.length}); use that version, or another --data-dir`,
  );
}
