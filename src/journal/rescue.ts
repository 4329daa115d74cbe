import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BUSY, journalFile } from './database.ts';
import { sqlite, sqliteCode } from './sqliteErrors.ts';

/** A journal that was opened for a look, whatever state it is in. */
export type Rescued = { database: DatabaseSync; close(): void };

/**
 * Opens a journal for reading, also one of a later version, beside a server that writes, or where nothing can be written:
 * SQLite needs a file beside the journal to read it with, and where that cannot be made a copy is read, in the system's
 * folder for temporary files, closed to others and deleted at `close`.
 * @throws when it cannot be read at all.
 */
export function openForRescue(dataDir: string): Rescued {
  const file = journalFile(dataDir);
  if (statSync(file).size === 0) throw new Error('it is empty: not even the beginning of a journal is there');
  try {
    const database = opened(file);
    return { database, close: () => database.close() };
  } catch (error) {
    const code = sqliteCode(error);
    if (code !== sqlite.cannotOpen && code !== sqlite.readOnly) throw error;
    return openCopy(file);
  }
}

function openCopy(file: string): Rescued {
  const folder = mkdtempSync(join(tmpdir(), 'evald-journal-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'journal.db');
    for (const end of ['', '-wal']) if (existsSync(file + end)) copyFileSync(file + end, copy + end);
    const database = opened(copy);
    const close = () => {
      database.close();
      remove();
    };
    return { database, close };
  } catch (error) {
    remove();
    throw error;
  }
}

/** @throws also for what is found out only when something is read. */
function opened(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY, defensive: false });
  const look = () => database.prepare('SELECT count(*) FROM sqlite_schema').get();
  try {
    try {
      look();
    } catch (error) {
      if (sqliteCode(error) !== sqlite.corrupt) throw error;
      // Nothing is read of a file that is shorter than it says, unless SQLite takes this for a repair.
      database.exec('PRAGMA writable_schema = ON');
      look();
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
