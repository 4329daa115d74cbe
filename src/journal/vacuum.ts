import { statfsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { errorMessage } from '../errors.ts';
import { roomOr, UpkeepError } from './backup.ts';
import { BUSY, journalBytes, journalFile, refuseLater, versionOf } from './database.ts';
import { lockDataDir } from './lock.ts';

/** Bytes on the disk. */
export type Vacuumed = { before: number; after: number };

/**
 * Writes a journal anew, without the room that deleted rows have left, and gives that back to the disk. What is in it, and its version, stay.
 * Ended in between, it is what it was.
 * @throws UpkeepError, or DataDirError when a server has the folder.
 */
export async function vacuumJournal(dataDir: string): Promise<Vacuumed> {
  const unlock = lockDataDir(dataDir);
  try {
    const before = await journalBytes(dataDir);
    refuseWithoutRoom(dataDir, before);
    const database = new DatabaseSync(journalFile(dataDir), { timeout: BUSY });
    try {
      refuseLater(versionOf(database));
      const found = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
      if (found !== 'ok')
        throw new UpkeepError(
          `it is damaged (${String(found).split('\n', 1)[0]}): put a backup in its place (evald journal restore)`,
        );
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON');
      database.exec('VACUUM');
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      database.close();
    }
    return { before, after: await journalBytes(dataDir) };
  } catch (error) {
    const reason = error instanceof UpkeepError ? errorMessage(error) : roomOr(error);
    throw new UpkeepError(`${journalFile(dataDir)} cannot be written anew: ${reason}`, { cause: error });
  } finally {
    unlock();
  }
}

/** The new one is made beside the old one, and is in the file of the last changes before it is in its place. */
function refuseWithoutRoom(dataDir: string, size: number): void {
  const { bavail, bsize } = statfsSync(dataDir);
  const needed = size * 2;
  if (bavail * bsize >= needed) return;
  const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
  throw new UpkeepError(
    `that takes up to ${megabytes(needed)} MB beside it, and its disk has ${megabytes(bavail * bsize)} MB: make room first`,
  );
}
