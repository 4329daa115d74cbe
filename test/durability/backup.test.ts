import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { checkJournal } from '../../src/journal/check.ts';
import { submitted } from '../journal/lives.ts';
import { temporaryFolder, temporaryJournal } from '../journal/temporaryJournal.ts';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { describeWith, smallFilesystem } from '../support/needs.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

function idsIn(file: string): Set<unknown> {
  const database = new DatabaseSync(file, { readOnly: true });
  const ids = new Set(
    database
      .prepare('SELECT job_id FROM jobs')
      .all()
      .map((row) => row['job_id']),
  );
  expect(checkJournal(database).problems).toEqual([]);
  database.close();
  return ids;
}

test('each backup that is made while a server takes submissions and runs jobs is whole, and has every job acknowledged before it began', async () => {
  const { dataDir, folder } = await countedRuns({ onTestFinished });
  const server = await startServer({ harness: 'demo', dataDir, flags: ['--slots', '2'] });
  onTestFinished(async () => void (await server.stop()));
  const acknowledged: string[] = [];
  let isOver = false;
  const client = async () => {
    while (!isOver) acknowledged.push(await submit(server.url, { model: 'majority', tasks: ['demo_digits'] }));
  };
  const clients = [client(), client()];
  for (let number = 1; number <= 5; number++) {
    // Each begins among others.
    await eventually(() => acknowledged.length >= number * 10);
    const before = [...acknowledged];
    const file = join(folder, `${number}.db`);
    const backup = await runMain(['journal', 'backup', file, '--data-dir', dataDir]);
    expect(backup).toMatchObject({ code: 0, stderr: '' });
    // Nothing was held up that came meanwhile.
    expect(acknowledged.length).toBeGreaterThan(before.length);
    const ids = idsIn(file);
    expect(before.filter((jobId) => !ids.has(jobId))).toEqual([]);
  }
  isOver = true;
  await Promise.all(clients);
  expect(readdirSync(folder).filter((name) => /\.new$|-wal$|-journal$/.test(name))).toEqual([]);
});

test('a journal that was put back loses nothing that the backup has and doubles no run: what was launched after the backup is picked up, or concluded from what it left', async () => {
  const { start, dataDir, folder, hold, release, runs, request } = await countedRuns({ onTestFinished });
  const first = await start({ flags: ['--slots', '2'] });
  const post = (url: string, path: string) => send(`${url}${path}`, { method: 'POST' });
  const launched = (url: string, jobId: string) => jobWhen(url, jobId, ({ log }) => log !== null);
  const done = await submit(first.url, request('done'));
  await endedJob(first.url, done);
  await hold();
  const running = await submit(first.url, request('running'));
  await launched(first.url, running);
  await post(first.url, '/queue/pause');
  const ran = await submit(first.url, request('ran'));
  const going = await submit(first.url, { ...request('going'), after: [ran] });
  const waits = await submit(first.url, { ...request('waits'), after: [going] });
  const backup = join(folder, 'backup.db');
  expect(await runMain(['journal', 'backup', backup, '--data-dir', dataDir])).toMatchObject({ code: 0, stderr: '' });

  // Afterwards one ends, one runs and ends, one begins, and one comes that the backup does not know.
  await release();
  await endedJob(first.url, running);
  await hold();
  await post(first.url, '/queue/resume');
  await launched(first.url, ran);
  await post(first.url, '/queue/pause');
  await release();
  const before = await endedJob(first.url, ran);
  await hold();
  const later = await submit(first.url, request('later'));
  await post(first.url, '/queue/resume');
  await launched(first.url, going);
  await launched(first.url, later);
  const restore = (...flags: string[]) => runMain(['journal', 'restore', backup, '--data-dir', dataDir, ...flags]);
  expect(await restore()).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^evald: .+another server uses .+\n$/),
  });
  await first.kill();

  expect(await restore()).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(new RegExp(`^evald: the run of job ${later} goes on .+ --force\n$`)),
  });
  const restored = await restore('--force');
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  expect(restored.stdout).toContain('launched after the backup: 2 jobs');
  expect(restored.stdout).toContain('not in the backup: 1 job ');
  const [kept = ''] = readdirSync(dataDir).filter((name) => /^journal\.db\.replaced-\d{8}-\d{6}$/.test(name));
  expect(idsIn(join(dataDir, kept))).toContain(later);

  const next = await start({ flags: ['--slots', '2'] });
  expect(next.log()).toContain(`job ${ran}, queued in it, was launched since`);
  // As at the backup.
  expect(await send(`${next.url}/health`, { method: 'GET' })).toMatchObject({ json: { paused: true } });
  expect(await endedJob(next.url, running)).toMatchObject({ status: 'completed' });
  const after = await endedJob(next.url, ran);
  expect(after).toMatchObject({ status: 'completed', metrics: before.metrics, result: before.result, log: before.log });
  expect(await getJob(next.url, going)).toMatchObject({ status: 'running' });
  expect(await getJob(next.url, waits)).toMatchObject({ status: 'queued' });
  expect((await send(`${next.url}/jobs/${later}`, { method: 'GET' })).status).toBe(404);
  await post(next.url, '/queue/resume');
  await release();
  expect(await endedJob(next.url, going)).toMatchObject({ status: 'completed' });
  expect(await endedJob(next.url, waits)).toMatchObject({ status: 'completed' });
  expect(await getJob(next.url, done)).toMatchObject({ status: 'completed' });
  expect((await runs()).toSorted()).toEqual(['done', 'going', 'later', 'ran', 'running', 'waits']);
  expect((await runMain(['journal', 'check', '--data-dir', dataDir])).code).toBe(0);
});

describeWith(smallFilesystem, 'a backup to a full disk', () => {
  test('a backup to a disk that is full leaves no half file, and the earlier one as it was', async () => {
    const { dataDir, journal } = await temporaryJournal();
    await journal.append(Array.from({ length: 1_000 }, (_, number) => submitted(`job ${number}`)));
    const folder = await temporaryFolder();
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
    onTestFinished(() => void execFileSync('umount', ['-l', disk]));
    const file = join(disk, 'backup.db');
    writeFileSync(file, 'the earlier one');
    const { code, stderr } = await runMain(['journal', 'backup', file, '--force', '--data-dir', dataDir]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^evald: .+ cannot be written: .*full.*\n$/),
    });
    expect(readdirSync(disk)).toEqual(['backup.db']);
    expect(readFileSync(file, 'utf8')).toBe('the earlier one');
  });
});
