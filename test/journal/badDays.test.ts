import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkJournal } from '../../src/journal/check.ts';
import { openSqliteJournal } from '../../src/journal/journal.ts';
import { openForRescue } from '../../src/journal/rescue.ts';
import { describeWith, modes } from '../support/needs.ts';
import { seeded } from '../support/seeded.ts';
import { runMain } from '../support/server/runMain.ts';
import { cancelled, submitted } from './lives.ts';
import { temporaryFolder, temporaryJournal } from './temporaryJournal.ts';

const PAGE = 4_096;
const JOBS = 120;
/** A whole journal; each test damages a copy. */
let whole: Buffer;
/** Its pages that say where its tables lie: without one of them nothing can be read. */
let schemaPages: number[];

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'evald-journal-'));
  const journal = await openSqliteJournal(dataDir);
  const jobIds = Array.from({ length: JOBS }, (_, n) => `job-${n}`);
  await journal.append(jobIds.map(submitted));
  await journal.append(jobIds.slice(0, JOBS / 2).map((jobId) => cancelled(jobId)));
  await journal.close();
  whole = readFileSync(join(dataDir, 'journal.db'));
  const database = new DatabaseSync(join(dataDir, 'journal.db'));
  const pages = database.prepare("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema' ORDER BY path").all();
  schemaPages = pages.map((row) => Number(row['pageno']) - 1);
  database.close();
  await rm(dataDir, { recursive: true });
});

/** A data folder with a copy of the journal, after something was done to its file. */
async function folderWith(damage: (file: string) => void): Promise<string> {
  const dataDir = await temporaryFolder();
  const file = join(dataDir, 'journal.db');
  writeFileSync(file, whole, { mode: 0o600 });
  damage(file);
  return dataDir;
}

/** Overwrites pages with noise: every so manieth, those that say where the tables lie excepted. */
function scramble(file: string, every: number): void {
  const count = readFileSync(file).length / PAGE;
  const pages = Array.from({ length: Math.ceil(count / every) }, (_, n) => n * every);
  overwrite(
    file,
    pages.filter((page) => !schemaPages.includes(page)),
  );
}

/** Overwrites pages, counted from 0, with noise. */
function overwrite(file: string, pages: readonly number[]): void {
  const random = seeded(pages.length);
  const bytes = readFileSync(file);
  for (const page of pages) {
    for (let at = page * PAGE; at < (page + 1) * PAGE; at++) bytes[at] = Math.floor(random() * 256);
  }
  writeFileSync(file, bytes);
}

function change(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

const damages: { name: string; damage: (file: string) => void; savesSome: boolean; server: RegExp }[] = [
  {
    name: 'noise in many of its pages',
    damage: (file) => scramble(file, 6),
    savesSome: true,
    server: /journal\.db is damaged .*put a backup in its place, or move it away/,
  },
  {
    name: 'noise in the last page of those that say where its tables lie',
    damage: (file) => overwrite(file, schemaPages.slice(-1)),
    savesSome: false,
    server: /journal\.db is damaged .*put a backup in its place, or move it away/,
  },
  {
    name: 'its end missing',
    damage: (file) => truncateSync(file, whole.length - 6 * PAGE),
    savesSome: true,
    server: /journal\.db is damaged .*put a backup in its place, or move it away/,
  },
  {
    name: 'no content, beside runs',
    damage: (file) => {
      truncateSync(file, 0);
      mkdirSync(join(file, '../runs/job-1'), { recursive: true });
    },
    savesSome: false,
    server: /journal\.db is empty, and was not: put a backup/,
  },
  {
    name: 'other content',
    damage: (file) => writeFileSync(file, 'no database at all\n'.repeat(1_000)),
    savesSome: false,
    server: /journal\.db is damaged \(file is not a database\): put a backup/,
  },
  {
    name: 'the schema of a later version',
    damage: (file) => change(file, 'PRAGMA user_version = 99'),
    savesSome: false,
    server: /journal\.db .*written by a later version of evald .*use that version, or another --data-dir/,
  },
  {
    name: 'a table missing',
    damage: (file) => change(file, 'DROP TABLE events'),
    savesSome: true,
    server: /journal\.db is damaged \(no such table: .*events\): put a backup/,
  },
  {
    name: 'a row that is no JSON any more',
    damage: (file) => change(file, "UPDATE jobs SET request = '{\"model', warnings = 'x' WHERE job_id = 'job-100'"),
    savesSome: true,
    server: /^$/,
  },
];

describe('a journal with', () => {
  test.each(damages)(
    'a journal with $name is checked, exported and refused in plain text, without a stack trace',
    async (bad) => {
      const dataDir = await folderWith(bad.damage);
      const onIt = ['--data-dir', dataDir];
      const [check, exported] = await Promise.all([
        runMain(['journal', 'check', ...onIt]),
        runMain(['journal', 'export', ...onIt]),
      ]);
      expect([check.code, exported.code]).toEqual([1, 1]);
      expect(check.stdout + check.stderr).toMatch(/^(problem: .+|evald: .+ cannot be read: .+)$/m);
      const lines = exported.stdout.split('\n').filter(Boolean);
      for (const line of lines) JSON.parse(line);
      expect(lines.length > JOBS / 3).toBe(bad.savesSome);
      expect(exported.stderr).toMatch(/^evald: .+(could not be read|cannot be read)/);
      if (bad.server.source !== '^$') {
        const server = await runMain(['--port', '0', '--harness', 'demo', ...onIt]);
        expect(server.code).toBe(1);
        expect(server.stderr.trim().split('\n').at(-1)).toMatch(bad.server);
        expect(server.stderr).not.toMatch(/^\s+at /m);
      }
      expect(check.stderr + exported.stderr).not.toMatch(/^\s+at /m);
    },
  );

  test('a journal with damage anywhere loses no more by an export than what lies there', async () => {
    for (const every of [3, 5, 9, 17]) {
      const dataDir = await folderWith((file) => scramble(file, every));
      const { stdout, stderr, code } = await runMain(['journal', 'export', '--data-dir', dataDir]);
      const jobs = stdout.split('\n').filter((line) => line.startsWith('{"kind":"job"')).length;
      expect(code).toBe(stderr === '' ? 0 : 1);
      const [, lost] = /(\d+) jobs could not be read/.exec(stderr) ?? [];
      if (lost !== undefined) expect(jobs + Number(lost)).toBeLessThanOrEqual(JOBS);
      else if (!stderr.includes('jobs')) expect(jobs).toBe(JOBS);
    }
  });

  test('a damaged index of a journal is reported, and loses no row', async () => {
    const dataDir = await folderWith((file) => {
      const database = new DatabaseSync(file);
      const root = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'jobs_by_model'").get()?.[
        'rootpage'
      ];
      database.close();
      const bytes = readFileSync(file);
      bytes.fill(0xff, (Number(root) - 1) * PAGE, Number(root) * PAGE);
      writeFileSync(file, bytes);
    });
    const { database, close } = openForRescue(dataDir);
    expect(checkJournal(database)).toMatchObject({ jobs: { queued: JOBS / 2, cancelled: JOBS / 2 } });
    expect(checkJournal(database).problems).not.toEqual([]);
    close();
    const { code, stdout } = await runMain(['journal', 'export', '--data-dir', dataDir]);
    expect([code, stdout.split('\n').filter((line) => line.includes('"kind":"job"')).length]).toEqual([0, JOBS]);
  });

  test('a data folder with nothing but the last changes of a journal is refused, not begun anew', async () => {
    const dataDir = await folderWith((file) => rmSync(file));
    appendFileSync(join(dataDir, 'journal.db-wal'), 'changes');
    await expect(openSqliteJournal(dataDir)).rejects.toThrow(
      `--data-dir ${dataDir}: journal.db is gone, and journal.db-wal holds changes of it: put a backup of both in their places`,
    );
  });
});

describeWith(modes, 'a journal in a folder where nothing can be written', () => {
  const main = new URL('../../src/evald.ts', import.meta.url).pathname;
  // Root may write everywhere.
  const other = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const run = (...words: string[]) =>
    spawnSync(process.execPath, [main, ...words], {
      encoding: 'utf8',
      ...other,
      env: { ...process.env, HOME: '/nowhere' },
    });

  test('a journal whose folder cannot be written is checked and exported whole, and refused by a server in one line', async () => {
    const { dataDir, journal, close } = await temporaryJournal();
    await journal.append(['a', 'b', 'c'].map(submitted));
    const closed = await temporaryFolder();
    for (const name of ['journal.db', 'journal.db-wal']) copyFileSync(join(dataDir, name), join(closed, name));
    for (const name of ['journal.db', 'journal.db-wal']) chmodSync(join(closed, name), 0o444);
    // A copy beside what it was copied from is refused for that.
    await close();
    rmSync(dataDir, { recursive: true });
    chmodSync(closed, 0o555);
    const check = run('journal', 'check', '--data-dir', closed);
    expect([check.status, check.stdout, check.stderr]).toEqual([0, expect.stringContaining('jobs: 3 queued'), '']);
    const exported = run('journal', 'export', '--data-dir', closed);
    expect([exported.status, exported.stdout.trim().split('\n').length, exported.stderr]).toEqual([0, 6, '']);
    const server = run('--port', '0', '--harness', 'demo', '--data-dir', closed);
    expect(server.status).toBe(1);
    expect(server.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^evald: --data-dir .*(EACCES|permission|belongs)/),
    ]);
    chmodSync(closed, 0o700);
  });

  test('a journal of another user that cannot be read is reported as such', async () => {
    const closed = await folderWith((file) => chmodSync(file, 0o000));
    for (const [verb, mode] of [
      ['check', 0o555],
      ['export', 0o000],
    ] as const) {
      chmodSync(closed, mode);
      const { status, stderr } = run('journal', verb, '--data-dir', closed);
      expect(status).toBe(1);
      expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/journal\.db cannot be read: EACCES/)]);
    }
    chmodSync(closed, 0o700);
  });
});
