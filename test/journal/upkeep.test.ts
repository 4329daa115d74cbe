import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { pruneCommand } from '../../src/cli/upkeep.ts';
import { writeBackup } from '../../src/journal/backup.ts';
import { keepBeforeMigration } from '../../src/journal/beforeMigration.ts';
import { checkJournal } from '../../src/journal/check.ts';
import { openJournalForReading } from '../../src/journal/database.ts';
import { openSqliteJournal } from '../../src/journal/journal.ts';
import { migrations } from '../../src/journal/migrations.ts';
import { type RestoreOptions, restoreBackup } from '../../src/journal/restore.ts';
import { vacuumJournal } from '../../src/journal/vacuum.ts';
import type { Transition } from '../../src/machines/ports/journal.ts';
import { beginLaunch } from '../../src/runner/folders/launches.ts';
import { Secrets } from '../../src/schemas/secrets/secretRequest.ts';
import { runMain } from '../support/server/runMain.ts';
import { cancelled, completed, launched, run, started, submitted } from './lives.ts';
import { temporaryFolder, temporaryJournal } from './temporaryJournal.ts';

const options: RestoreOptions = {
  ...{ isForced: false, isAlive: () => false, isLaunchAlive: () => false },
  now: new Date(Date.UTC(2027, 1, 3, 4, 5, 6)),
};
const KEPT = 'journal.db.replaced-20270203-040506';

/** A closed journal with some jobs, one a state, and a backup of it. */
async function backedUp() {
  const { dataDir, journal, close } = await temporaryJournal();
  await journal.append([
    ...['done', 'gone', 'runs', 'waits'].map(submitted),
    ...['done', 'runs'].map((jobId) => started(jobId)),
    ...['done', 'runs'].map((jobId) => launched(jobId)),
    completed('done'),
    cancelled('gone'),
  ]);
  await close();
  const file = join(await temporaryFolder(), 'backup.db');
  return { dataDir, file, made: writeBackup(dataDir, file, false) };
}

/** The folder of a launch, as it is noted. */
function launchIn(dataDir: string, jobId: string, ...folders: string[]): string {
  const folder = join(dataDir, 'runs', jobId, ...folders);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'prepared.json'), JSON.stringify(run.prepared));
  return folder;
}

/** The jobs that have not ended, and the number of the last event. */
function unended(dataDir: string) {
  const database = openJournalForReading(dataDir);
  const rows = database.prepare('SELECT job_id, status FROM jobs WHERE ended_at IS NULL ORDER BY turn').all();
  const { problems, events } = checkJournal(database);
  database.close();
  expect(problems).toEqual([]);
  return { jobs: Object.fromEntries(rows.map((row) => [row['job_id'], row['status']])), last: events.last };
}

describe('a backup', () => {
  test('a backup is for its owner only, and has the jobs of the journal and nothing that was deleted from it', async () => {
    const { dataDir, journal, close } = await temporaryJournal();
    const secrets = new Secrets({ api_key: 'planted-credential' });
    const withSecret = (jobId: string): Transition => ({ ...submitted(jobId), secrets }) as Transition;
    await journal.append([withSecret('waits'), withSecret('gone'), cancelled('gone')]);
    const file = join(await temporaryFolder(), 'backup.db');
    expect(writeBackup(dataDir, file, false)).toMatchObject({
      ...{ jobs: { queued: 1, cancelled: 1 }, withCredentials: 1, problems: [] },
      bytes: statSync(file).size,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // That of the job which waits, for it could not run without.
    expect(readFileSync(file, 'latin1').split('planted-credential')).toHaveLength(2);
    await close();
  });

  test('a backup is refused where a file is, or a folder, or no folder for it, or a file of the data folder: nothing is written', async () => {
    const { dataDir } = await backedUp();
    const folder = await temporaryFolder();
    writeFileSync(join(folder, 'there'), 'mine');
    const before = readdirSync(dataDir);
    for (const [file, reason] of [
      [join(folder, 'there'), /is there: name another file, or replace it with --force/],
      [folder, /is there and is no file/],
      [join(folder, 'no', 'b'), /no is no folder: make it/],
      [join(folder, 'there', 'b'), /there is no folder: make it/],
      ...['journal.db', 'journal.db-wal', 'journal.db.restoring', 'lock.db', 'webhook.secret'].map(
        (name) => [join(dataDir, name), /a file of the data folder itself/] as const,
      ),
    ] as const) {
      expect(() => writeBackup(dataDir, file, false), file).toThrow(reason);
    }
    expect(readdirSync(folder)).toEqual(['there']);
    expect(readFileSync(join(folder, 'there'), 'utf8')).toBe('mine');
    expect(readdirSync(dataDir).filter((file) => !before.includes(file) && !/-(wal|shm)$/.test(file))).toEqual([]);
  });

  test('with --force a file is replaced, but not the journal, nor a backup that is open as a database', async () => {
    const { dataDir, file } = await backedUp();
    writeBackup(dataDir, file, true);
    expect(() => writeBackup(dataDir, join(dataDir, 'journal.db'), true)).toThrow('a file of the data folder itself');
    writeFileSync(`${file}-wal`, 'changes of another one');
    expect(() => writeBackup(dataDir, file, true)).toThrow('is open as a database');
  });

  test('of a journal that is damaged no backup is made', async () => {
    const { dataDir } = await backedUp();
    const database = new DatabaseSync(join(dataDir, 'journal.db'));
    database.exec("UPDATE jobs SET status = 'running' WHERE job_id = 'waits'");
    database.close();
    const folder = await temporaryFolder();
    expect(() => writeBackup(dataDir, join(folder, 'b'), false)).toThrow(
      /is not whole \(job waits is running.+journal check/,
    );
    truncateSync(join(dataDir, 'journal.db'), 20_000);
    expect(() => writeBackup(dataDir, join(folder, 'b'), false)).toThrow(/journal\.db (is not whole|cannot be read)/);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a restore', () => {
  test('what is put back is the backup, and the journal that was there is kept with its last changes', async () => {
    const { dataDir, file } = await backedUp();
    const journal = await openSqliteJournal(dataDir);
    await journal.append([submitted('later')]);
    await expect(restoreBackup(dataDir, file, options)).rejects.toThrow('another server uses the data folder');
    await journal.close();
    // As after kill -9: the last changes are in a file of their own.
    const wal = new DatabaseSync(join(dataDir, 'journal.db'));
    wal.exec('PRAGMA wal_autocheckpoint = 0; UPDATE jobs SET priority = 7');
    expect(statSync(join(dataDir, 'journal.db-wal')).size).toBeGreaterThan(0);
    const restored = await restoreBackup(dataDir, file, options);
    wal.close();
    expect(restored).toMatchObject({ kept: join(dataDir, KEPT), unknown: [], launchedSince: [], refusal: null });
    expect(unended(dataDir).jobs).toEqual({ runs: 'running', waits: 'queued' });
    const kept = new DatabaseSync(join(dataDir, KEPT));
    expect(kept.prepare("SELECT priority FROM jobs WHERE job_id = 'later'").get()).toEqual({ priority: 7 });
    kept.close();
    // Within the same second as well.
    expect(await restoreBackup(dataDir, file, options)).toMatchObject({ kept: join(dataDir, `${KEPT}-2`) });
    expect(statSync(join(dataDir, 'journal.db')).mode & 0o777).toBe(0o600);
  });

  test('a journal that is damaged, or of which only the last changes are left, is replaced, and what was there is kept', async () => {
    const { dataDir, file } = await backedUp();
    const journal = join(dataDir, 'journal.db');
    writeFileSync(journal, 'no database at all');
    await restoreBackup(dataDir, file, options);
    expect(readFileSync(join(dataDir, KEPT), 'utf8')).toBe('no database at all');
    expect(unended(dataDir).jobs).toEqual({ runs: 'running', waits: 'queued' });
    rmSync(journal);
    for (const end of ['-wal', '-journal']) writeFileSync(journal + end, `the last changes${end}`);
    await restoreBackup(dataDir, file, options);
    for (const end of ['-wal', '-journal']) {
      expect(readFileSync(join(dataDir, `${KEPT}-2${end}`), 'utf8')).toBe(`the last changes${end}`);
    }
    expect(unended(dataDir).jobs).toEqual({ runs: 'running', waits: 'queued' });
    await (await openSqliteJournal(dataDir)).close();
  });

  test('what is no backup is refused, and the folder stays as it was', async () => {
    const { dataDir, file } = await backedUp();
    const folder = await temporaryFolder();
    const before = readFileSync(join(dataDir, 'journal.db'));
    const other = (name: string, content: string | Buffer) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const later = other('later', readFileSync(file));
    const database = new DatabaseSync(later);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const half = readFileSync(file);
    for (const [given, reason] of [
      [join(folder, 'missing'), /is no file/],
      [folder, /is no file/],
      [other('empty', ''), /no journal of evald/],
      [other('text', 'no database at all\n'.repeat(1_000)), /cannot be read: file is not a database/],
      [other('half', half.subarray(0, half.length / 2)), /cannot be read|not whole|malformed/],
      [later, /a later version/],
      [join(dataDir, 'journal.db'), /is the journal that is in the data folder/],
    ] as const) {
      await expect(restoreBackup(dataDir, given, options), given).rejects.toThrow(reason);
    }
    expect(readFileSync(join(dataDir, 'journal.db')).equals(before)).toBe(true);
    expect(readdirSync(dataDir).filter((name) => name.startsWith('journal.db.'))).toEqual([]);
  });

  test('a folder in which a restore was ended half-way is refused until that is done again', async () => {
    const { dataDir, file } = await backedUp();
    writeFileSync(join(dataDir, 'journal.db.restoring'), readFileSync(file));
    await expect(openSqliteJournal(dataDir)).rejects.toThrow(
      /being put back .+ do it again, with evald journal restore/,
    );
    await restoreBackup(dataDir, file, options);
    await (await openSqliteJournal(dataDir)).close();
  });

  test('a backup in a folder of its own says that a server will refuse it while the original is there, unless it is adopted', async () => {
    const { file } = await backedUp();
    const other = join(await temporaryFolder(), 'data');
    const { refusal, kept } = await restoreBackup(other, file, options);
    expect(kept).toBeNull();
    expect(refusal).toMatch(/it is a copy of .+ --adopt/);
    await expect(openSqliteJournal(other)).rejects.toThrow('it is a copy of');
    await (await openSqliteJournal(other, { adopt: true })).close();
    expect(unended(other).jobs).toEqual({ waits: 'queued' });
  });

  test('a run that goes on and that the backup does not know refuses the restore, unless it is forced', async () => {
    const { dataDir, file } = await backedUp();
    const launch = launchIn(dataDir, 'later', 'part-2', '1');
    const isLaunchAlive = (state: string) => state === launch;
    await expect(restoreBackup(dataDir, file, { ...options, isLaunchAlive })).rejects.toThrow(
      /run of job later goes on \(.+part-2\/1\/identity has its pid\).+ --force/,
    );
    expect(await restoreBackup(dataDir, file, { ...options, isLaunchAlive, isForced: true })).toMatchObject({
      unknown: ['later'],
    });
  });
});

describe('a journal that is older than its runs', () => {
  test('a job that waits in it and was launched is running, with its devices, and is looked for; one that was only prepared waits', async () => {
    const { dataDir, journal, close } = await temporaryJournal();
    await journal.append(['launched', 'split', 'odd', 'prepared', 'waits'].map(submitted));
    await close();
    const folder = join(dataDir, 'runs', 'launched');
    mkdirSync(folder, { recursive: true });
    await beginLaunch(folder, run.prepared);
    await beginLaunch(folder, run.prepared, ['0', 'GPU-1']);
    launchIn(dataDir, 'split', 'part-1', 'attempt-2', '1');
    writeFileSync(join(launchIn(dataDir, 'odd', '1'), 'devices.json'), '{"a": 1}');
    mkdirSync(join(dataDir, 'runs', 'prepared', '1'), { recursive: true });
    const notices: string[] = [];
    const next = await openSqliteJournal(dataDir, { onNotice: (notice) => notices.push(notice) });
    const at = (jobId: string) => next.find(jobId);
    expect(at('launched')).toMatchObject({ status: 'running', run: null, devices: ['0', 'GPU-1'] });
    expect(at('launched')?.startedMonotonic).toBeGreaterThanOrEqual(0);
    for (const jobId of ['split', 'odd']) expect(at(jobId)).toMatchObject({ status: 'running', devices: null });
    for (const jobId of ['prepared', 'waits']) expect(at(jobId)).toMatchObject({ status: 'queued' });
    expect(notices).toHaveLength(3);
    await next.close();
    const { last } = unended(dataDir);
    // Once: by then it is known.
    await (await openSqliteJournal(dataDir)).close();
    expect(unended(dataDir).last).toBe(last);
  });

  test('a job that runs in it and was launched again since is looked for by its last launch', async () => {
    const { dataDir, journal, close } = await temporaryJournal();
    const launch = (jobId: string): Transition => {
      const handle = { backend: 'slurm', id: '7', state: join(dataDir, 'runs', jobId, '1') };
      return { type: 'launched', jobId, at: 3, run: { ...run, handle } };
    };
    const jobs = ['again', 'same'];
    await journal.append([...jobs.map(submitted), ...jobs.map((jobId) => started(jobId)), ...jobs.map(launch)]);
    await close();
    for (const jobId of jobs) launchIn(dataDir, jobId, '1');
    launchIn(dataDir, 'again', '2');
    const next = await openSqliteJournal(dataDir);
    expect(next.find('again')).toMatchObject({ status: 'running', run: null });
    expect(next.find('same')).toMatchObject({ status: 'running', run: { handle: { id: '7' } } });
    await next.close();
    unended(dataDir);
  });
});

describe('what takes room', () => {
  /** A journal of ten jobs that have ended, one of which another waits for. */
  async function manyEnded() {
    const { dataDir, journal, close } = await temporaryJournal();
    const ids = Array.from({ length: 10 }, (_, number) => `job-${number}`);
    await journal.append([
      ...ids.flatMap((jobId) => [submitted(jobId), started(jobId), launched(jobId), completed(jobId)]),
      after('waits', 'job-0'),
    ]);
    await close();
    for (const jobId of ids) launchIn(dataDir, jobId, '1');
    return { dataDir, ids };
  }
  const after = (jobId: string, earlier: string): Transition => {
    const transition = submitted(jobId);
    if (transition.type !== 'submitted') throw new Error('it is another one');
    const { job } = transition;
    return { ...transition, job: { ...job, options: { ...job.options, after: [earlier] } } };
  };
  const count = (dataDir: string, table: string) => {
    const database = openJournalForReading(dataDir);
    const found = database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count'];
    database.close();
    return found;
  };

  test('prune forgets the oldest jobs with their folders, and neither scores nor what another job waits for; a dry run forgets nothing', async () => {
    const { dataDir, ids } = await manyEnded();
    const prune = (...flags: string[]) =>
      runMain(['journal', 'prune', '--data-dir', dataDir, '--history', '3', ...flags]);
    expect(await prune('--dry-run')).toMatchObject({
      code: 0,
      stdout: '6 ended jobs would be forgotten; scores stay\n',
    });
    expect(count(dataDir, 'jobs')).toBe(11);
    const scores = count(dataDir, 'score_jobs');
    expect(await prune()).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^6 ended jobs forgotten/),
    });
    expect(count(dataDir, 'jobs')).toBe(5);
    expect(count(dataDir, 'score_jobs')).toBe(scores);
    expect(readdirSync(join(dataDir, 'runs')).toSorted()).toEqual(ids.filter((_, at) => at === 0 || at > 6));
    unended(dataDir);
  });

  test('prune and vacuum are refused while a server has the folder, prune of an earlier version too: nothing is migrated by it', async () => {
    const { dataDir } = await manyEnded();
    const journal = await openSqliteJournal(dataDir);
    for (const verb of ['prune', 'vacuum']) {
      const { code, stderr } = await runMain(['journal', verb, '--data-dir', dataDir]);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^evald: .*another server uses the data folder.*\n$/)]);
    }
    await journal.close();
    const database = new DatabaseSync(join(dataDir, 'journal.db'));
    database.exec(`PRAGMA user_version = ${migrations.length - 1}`);
    database.close();
    expect(await pruneCommand(dataDir, { history: 0, days: 1 }, false)).toBe(1);
    expect(count(dataDir, 'jobs')).toBe(11);
  });

  test('vacuum gives the room of forgotten jobs back, and the journal has what it had', async () => {
    const { dataDir, journal, close } = await temporaryJournal();
    const ids = Array.from({ length: 2_000 }, (_, number) => `job-${number}`);
    await journal.append(ids.flatMap((jobId) => [submitted(jobId), cancelled(jobId)]));
    await journal.append([submitted('stays')]);
    await journal.forget(ids);
    await close();
    const { before, after: now } = await vacuumJournal(dataDir);
    expect(now).toBeLessThan(before / 2);
    expect(statSync(join(dataDir, 'journal.db')).size).toBe(now);
    expect(unended(dataDir).jobs).toEqual({ stays: 'queued' });
    const next = await openSqliteJournal(dataDir);
    await next.append([cancelled('stays')]);
    await next.close();
  });
});

describe('the copy before a migration', () => {
  const fixture = (version: number) => join(import.meta.dirname, `../fixtures/journal-v${version}.db`);
  const kept = `journal.db.before-v${migrations.length}`;
  const folderOf = async (version: number) => {
    const dataDir = await temporaryFolder();
    writeFileSync(join(dataDir, 'journal.db'), readFileSync(fixture(version)));
    return dataDir;
  };
  const versionOf = (file: string) => {
    const database = new DatabaseSync(file, { readOnly: true });
    const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
    database.close();
    return version;
  };

  test('a journal is kept as it was before it is migrated, for its owner only, and one that is not migrated is not', async () => {
    const dataDir = await folderOf(3);
    await (await openSqliteJournal(dataDir)).close();
    expect(versionOf(join(dataDir, 'journal.db'))).toBe(migrations.length);
    expect(versionOf(join(dataDir, kept))).toBe(3);
    expect(statSync(join(dataDir, kept)).mode & 0o777).toBe(0o600);
    const same = await folderOf(migrations.length);
    await (await openSqliteJournal(same)).close();
    expect(existsSync(join(same, kept))).toBe(false);
  });

  test('a start that was ended in mid-migration keeps the copy of before, and a later migration replaces one that is older', async () => {
    const dataDir = await folderOf(5);
    writeFileSync(join(dataDir, kept), readFileSync(fixture(3)));
    expect(keepBeforeMigration(dataDir)).toEqual([]);
    expect(versionOf(join(dataDir, kept))).toBe(3);
    // Of the same version: from before the way back.
    writeFileSync(join(dataDir, kept), readFileSync(fixture(5)));
    const stale = statSync(join(dataDir, kept)).ino;
    expect(keepBeforeMigration(dataDir)).toEqual([expect.stringContaining(join(dataDir, kept))]);
    expect(statSync(join(dataDir, kept)).ino).not.toBe(stale);
  });

  test('a copy that cannot be made keeps no server from starting, which says so', async () => {
    const dataDir = await folderOf(4);
    for (const name of [kept, `${kept}.new`]) mkdirSync(join(dataDir, name));
    const notices: string[] = [];
    const journal = await openSqliteJournal(dataDir, { onNotice: (notice) => notices.push(notice) });
    await journal.close();
    expect(notices).toContainEqual(expect.stringContaining('no copy of it as it was is kept'));
  });
});
