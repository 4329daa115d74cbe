import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { firstLine } from '../errors.ts';
import { DataDirError } from './dataDir.ts';
import { sqlite, sqliteCode } from './sqliteErrors.ts';

/**
 * Takes a data folder for this opener until its process ends, however it ends: the lock is the operating system's on an
 * open file, taken through SQLite, so that a killed server leaves none behind.
 * @returns a function that gives it back.
 * @throws DataDirError when another one has it, or it cannot be taken.
 */
export function lockDataDir(dataDir: string): () => void {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(join(dataDir, 'lock.db'), { timeout: 0 });
    database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;');
  } catch (error) {
    database?.close();
    throw new DataDirError(dataDir, refusal(error), { cause: error });
  }
  return () => database.close();
}

function refusal(error: unknown): string {
  switch (sqliteCode(error)) {
    case sqlite.busy:
      return 'another server uses the data folder; stop it, or choose another folder';
    case sqlite.notADatabase:
      return 'lock.db in it is damaged; delete that file (it holds nothing) while no server uses the folder';
    default:
      return `lock.db in it cannot be locked: ${firstLine(error)}`;
  }
}
