import { renameSync, rmSync, statfsSync, statSync } from 'node:fs';
import { firstLine } from '../errors.ts';
import { syncFolder } from '../files/syncFolder.ts';
import { besideJournal, copyJournal, removeIfThere } from './backup.ts';
import { journalFile, MASKED_SINCE, openJournalForReading, versionOf } from './database.ts';
import { migrations } from './migrations.ts';

/**
 * Keeps a copy of a journal that is about to be migrated, for a way back to the version of evald that wrote it: `journal.db.before-vN`.
 * A copy that a start which was ended in mid-migration has made stays, for it is of before. No start fails for want of a copy.
 * @returns what is to be said.
 */
export function keepBeforeMigration(dataDir: string): string[] {
  const size = statSync(journalFile(dataDir), { throwIfNoEntry: false })?.size ?? 0;
  const version = size === 0 ? 0 : versionIn(journalFile(dataDir));
  if (version === 0 || version >= migrations.length) return [];
  // It has the credentials of all its jobs, which the migration masks: a copy would keep them.
  if (version < MASKED_SINCE) return [];
  const kept = besideJournal(dataDir, `before-v${migrations.length}`);
  const copy = `${kept}.new`;
  try {
    if (statSync(kept, { throwIfNoEntry: false }) !== undefined && versionIn(kept) < version) return [];
    const { bavail, bsize } = statfsSync(dataDir);
    // What is migrated needs room as well.
    if (bavail * bsize < 2 * size) throw new Error('its disk has no room for it');
    rmSync(copy, { force: true });
    copyJournal(journalFile(dataDir), copy, () => {
      const database = openJournalForReading(dataDir);
      return { database, close: () => database.close() };
    });
    renameSync(copy, kept);
    syncFolder(dataDir);
    return [
      `the journal is of an earlier version and is migrated; as it was it stays in ${kept}, for a way back: delete that when you need none, for it has what jobs kept secret then`,
    ];
  } catch (error) {
    removeIfThere(copy);
    return [`the journal is migrated, and no copy of it as it was is kept: ${firstLine(error)}`];
  }
}

function versionIn(file: string): number {
  const database = openJournalForReading('', file);
  try {
    return versionOf(database);
  } finally {
    database.close();
  }
}
