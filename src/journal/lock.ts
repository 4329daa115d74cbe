import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A data folder has one server at a time. The message is one line for the person who started the second. */
export class DataDirInUseError extends Error {
  override name = 'DataDirInUseError';
}

/**
 * Takes a data folder for this process until it ends, however it ends: the lock is the operating system's on an open
 * file, taken through SQLite, so that a killed server leaves none behind.
 * @returns a function that gives it back.
 * @throws DataDirInUseError when another server has it.
 */
export function lockDataDir(dataDir: string): () => void {
  const database = new DatabaseSync(join(dataDir, 'lock.db'), { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;');
  } catch (error) {
    database.close();
    throw new DataDirInUseError(
      `another server uses the data folder ${dataDir}; stop it, or choose another --data-dir`,
      {
        cause: error,
      },
    );
  }
  return () => database.close();
}
