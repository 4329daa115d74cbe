import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type JournalOptions, openSqliteJournal } from '../../src/journal/journal.ts';
import { removeFolder } from '../support/files/removeFolder.ts';

/** A folder of a test's own, deleted when it has finished. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evald-journal-'));
  onTestFinished(() => removeFolder(folder));
  return folder;
}

/** A journal in a folder of its own, closed when the test has finished. */
export async function temporaryJournal(options: JournalOptions = {}) {
  const dataDir = await temporaryFolder();
  const journal = await openSqliteJournal(dataDir, options);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await journal.close();
    isOpen = false;
  };
  onTestFinished(close);
  return { dataDir, journal, close };
}
