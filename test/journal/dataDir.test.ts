import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openJournal, prepared } from '../../src/journal/database.ts';
import { DataDirError } from '../../src/journal/dataDir.ts';
import { openSqliteJournal } from '../../src/journal/journal.ts';
import { temporaryFolder, temporaryJournal } from './temporaryJournal.ts';

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;

/** A folder in a test's own, with a mode and files. */
async function folderWith(mode: number, ...files: string[]): Promise<string> {
  const folder = join(await temporaryFolder(), 'data');
  await mkdir(folder);
  for (const file of files) await writeFile(join(folder, file), '');
  await chmod(folder, mode);
  return folder;
}

/** Opens and closes the journal of a folder. @returns the mode it has then. */
async function modeAfterUse(folder: string): Promise<number> {
  await (await openSqliteJournal(folder)).close();
  return modeOf(folder);
}

/** The one line with which a folder is refused. */
async function refusalOf(folder: string): Promise<string> {
  const error = await openSqliteJournal(folder).catch((error: unknown) => error);
  if (!(error instanceof DataDirError)) throw new Error(`it was not refused: ${error}`);
  expect(error.message).toMatch(/^--data-dir [^\n]+$/);
  expect(error.message).toContain(folder);
  return error.message;
}

describe('a private data folder', () => {
  test('a data folder that is not there yet is made for its owner only, with those above it', async () => {
    const folder = join(await temporaryFolder(), 'a', 'b');
    expect(await modeAfterUse(folder)).toBe(0o700);
  });

  test.each([
    ['an empty one', []],
    ['a new volume', ['lost+found']],
    ['one with a journal, whatever else is in it', ['journal.db', 'notes.txt']],
    ['one whose journal was taken away', ['lock.db', 'webhook.secret', 'outputs', 'runs']],
  ])('a data folder that evald may close to others is made private: %s', async (_, files) => {
    expect(await modeAfterUse(await folderWith(0o755, ...files))).toBe(0o700);
  });
});

describe("a folder that is not evald's", () => {
  test("a folder that is not evald's is used as it is when no other user may enter it", async () => {
    expect(await modeAfterUse(await folderWith(0o700, 'notes.txt'))).toBe(0o700);
  });

  test.each([
    ['that holds other files', 0o755, ['notes.txt']],
    ['that its group may enter, with other files', 0o750, ['notes.txt']],
    ['that is shared as /tmp is, empty', 0o1777, []],
    ['that is shared as /tmp is, with a journal', 0o1777, ['journal.db']],
  ])(
    "a folder that is not evald's is refused when others may enter it, and left as it is: one %s",
    async (_, mode, files) => {
      const folder = await folderWith(mode, ...files);
      expect(await refusalOf(folder)).toContain(`e.g. --data-dir ${join(folder, 'evald')}`);
      expect([await modeOf(folder), await readdir(folder)]).toEqual([mode, files]);
    },
  );

  test.runIf(process.getuid?.() === 0)('the root of the machine is refused as a data folder', async () => {
    const mode = await modeOf('/');
    expect(await refusalOf('/')).toContain('e.g. --data-dir /evald');
    expect(await modeOf('/')).toBe(mode);
  });
});

describe('a data folder that cannot be used', () => {
  test('a file is refused as a data folder, with its name and the reason', async () => {
    const file = join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    expect(await refusalOf(file)).toContain('it is not a folder');
    expect(await refusalOf(join(file, 'below'))).toContain('ENOTDIR');
  });

  test('a data folder below one that is not there and cannot be made is refused with its name and the reason', async () => {
    expect(await refusalOf('/proc/nobody/evald')).toMatch(/E[A-Z]+, /);
  });

  test('a data folder that is a dangling link is refused with its name and the reason', async () => {
    const link = join(await temporaryFolder(), 'link');
    await symlink('/proc/nobody', link);
    expect(await refusalOf(link)).toMatch(/E[A-Z]+, /);
  });

  test('a data folder that another server has, in this process too, is refused until it is given back', async () => {
    const { dataDir, close } = await temporaryJournal();
    expect(await refusalOf(dataDir)).toContain('another server uses the data folder');
    await close();
    await (await openSqliteJournal(dataDir)).close();
  });

  test('a data folder with a damaged lock is refused, and not taken for one of another server', async () => {
    const folder = await folderWith(0o700);
    await writeFile(join(folder, 'lock.db'), 'x'.repeat(5_000));
    expect(await refusalOf(folder)).toContain('lock.db in it is damaged; delete that file');
  });

  test('a data folder whose lock cannot be opened is refused, and not taken for one of another server', async () => {
    const folder = await folderWith(0o700);
    await mkdir(join(folder, 'lock.db'));
    expect(await refusalOf(folder)).toContain('lock.db in it cannot be locked: unable to open database file');
  });

  test('a data folder with a damaged journal is refused, and can be opened when that is mended', async () => {
    const folder = await folderWith(0o700);
    await writeFile(join(folder, 'journal.db'), 'x'.repeat(5_000));
    expect(await refusalOf(folder)).toContain('file is not a database');
    await writeFile(join(folder, 'journal.db'), '');
    await (await openSqliteJournal(folder)).close();
  });
});

test('the connection that writes waits for the disk at every commit, and leaves readers alone', async () => {
  const database = openJournal(await temporaryFolder());
  expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  database.close();
});

test('a filesystem without shared memory is refused: what is written would not be durable as promised', async () => {
  const file = pathToFileURL(join(await temporaryFolder(), 'journal.db'));
  // SQLite's way to use such a filesystem.
  file.searchParams.set('vfs', 'unix-dotfile');
  const database = new DatabaseSync(file);
  expect(() => prepared(database)).toThrow(
    /its filesystem cannot hold the journal[^\n]+choose a folder on a local disk$/,
  );
  database.close();
});
