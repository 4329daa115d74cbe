import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { describeWith, smallFilesystem } from '../support/needs.ts';
import { healthOf } from '../support/requests/health.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { fixture, temporaryFolder } from '../support/runs/localRun.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const blockedOf = (url: string) => eventually(async () => (await healthOf(url)).blocked);
const statesOf = async (url: string) =>
  Object((await send(`${url}/queue`, { method: 'GET' })).json) as { failed_jobs: number; blocked: string | null };
const resume = (url: string) => send(`${url}/queue/resume`, { method: 'POST' });

/** Five jobs on a server, of which none has failed when nothing can be started. */
async function submitFive(url: string, request: (tag: string) => object): Promise<string[]> {
  const tags = ['1', '2', '3', '4', '5'];
  const ids: string[] = [];
  for (const tag of tags) ids.push(await submit(url, request(tag) as Parameters<typeof submit>[1]));
  return ids;
}

test('a Python that cannot be executed any more fails no job: all wait with the reason in /health, and run when it can, in order', async (context) => {
  const runs = await countedRuns(context);
  const python = join(runs.folder, 'python');
  await copyFile(fixture('counting-lmms-eval'), python);
  await chmod(python, 0o755);
  const server = await runs.start({ flags: ['--python', python] });
  await chmod(python, 0o644);
  const ids = await submitFive(server.url, runs.request);
  const reason = `${python} was not found, or is not executable; set --python to a Python that has lmms-eval`;
  expect(await blockedOf(server.url)).toBe(reason);
  expect(await healthOf(server.url)).toMatchObject({
    status: 'degraded',
    running_jobs: 1,
    queue_size: 4,
    reasons: [`nothing is started: ${reason}`],
  });
  expect((await send(`${server.url}/health`, { method: 'GET' })).status).toBe(200);
  expect(await statesOf(server.url)).toMatchObject({ failed_jobs: 0, blocked: reason });
  await chmod(python, 0o755);
  for (const id of ids) expect(await endedJob(server.url, id)).toMatchObject({ status: 'completed', error: null });
  expect(await runs.runs()).toEqual(['1', '2', '3', '4', '5']);
  expect(await healthOf(server.url)).toMatchObject({ status: 'healthy', blocked: null });
  expect(server.log().match(/nothing is started/g)).toHaveLength(1);
  expect(server.log().match(/runs can be started again/g)).toHaveLength(1);
});

test('a server killed while nothing can be started is followed by one that runs every job once when it can', async (context) => {
  const runs = await countedRuns(context);
  const python = join(runs.folder, 'python');
  await copyFile(fixture('counting-lmms-eval'), python);
  await chmod(python, 0o755);
  const flags = ['--python', python];
  const server = await runs.start({ flags });
  await chmod(python, 0o644);
  const ids = await submitFive(server.url, runs.request);
  await blockedOf(server.url);
  await server.kill();
  await chmod(python, 0o755);
  const next = await runs.start({ flags });
  for (const id of ids) expect(await endedJob(next.url, id)).toMatchObject({ status: 'completed' });
  expect(await runs.runs()).toEqual(['1', '2', '3', '4', '5']);
});

test('a working folder that is deleted harms no run: programs start in the run’s own, and relative folders stay where they were', async (context) => {
  const runs = await countedRuns(context);
  const cwd = join(await temporaryFolder(), 'there');
  await mkdir(cwd);
  const python = join(runs.folder, 'python');
  // As Python does, it fails where its folder is not there.
  await writeFile(
    python,
    `#!/bin/sh\n/bin/pwd -P >>"$TEST_RUNS.cwd" || exit 7\nexec ${fixture('counting-lmms-eval')} "$@"\n`,
  );
  await chmod(python, 0o755);
  const server = await startServer({
    ...runs.options,
    cwd,
    flags: ['--python', python],
  });
  onTestFinished(async () => void (await server.stop()));
  const cwds = async () => (await readFile(join(runs.folder, 'runs.cwd'), 'utf8')).trim().split('\n');
  await endedJob(server.url, await submit(server.url, runs.request('there')));
  expect((await cwds()).at(-1)).toBe(cwd);
  await rmdir(cwd);
  const gone = await endedJob(server.url, await submit(server.url, runs.request('gone')));
  expect(gone).toMatchObject({ status: 'completed', error: null });
  expect((await cwds()).at(-1)).toBe(join(runs.dataDir, 'runs', gone.job_id, '1'));
  const named = await endedJob(
    server.url,
    await submit(server.url, { ...runs.request('named'), output_dir: '../out' }),
  );
  expect(named).toMatchObject({ status: 'completed', log: expect.stringContaining(join(cwd, '..', 'out')) });
  expect(await healthOf(server.url)).toMatchObject({ status: 'healthy' });
});

describeWith(smallFilesystem, 'a disk of runs', () => {
  test('a disk of runs that is full, or cannot be written, fails no job: all wait, and run when it can', async (context) => {
    const runs = await countedRuns(context);
    const disk = join(runs.folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
    onTestFinished(() => void execFileSync('umount', ['-l', disk]));
    const server = await runs.start({ flags: ['--runs-dir', disk, '--min-free', '0'] });
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(4 << 20)).catch(() => {});
    const ids = await submitFive(server.url, runs.request);
    expect(await blockedOf(server.url)).toMatch(/the data folder .* cannot be used: ENOSPC.*; make room on that disk$/);
    expect(await statesOf(server.url)).toMatchObject({ failed_jobs: 0 });
    await rm(ballast);
    for (const id of ids) expect(await endedJob(server.url, id)).toMatchObject({ status: 'completed' });

    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const more = await submitFive(server.url, runs.request);
    expect(await blockedOf(server.url)).toMatch(/the data folder .* cannot be used: EROFS/);
    expect(await statesOf(server.url)).toMatchObject({ failed_jobs: 0 });
    execFileSync('mount', ['-o', 'remount,rw', disk]);
    await resume(server.url);
    for (const id of more) expect(await endedJob(server.url, id)).toMatchObject({ status: 'completed' });
    expect(await runs.runs()).toHaveLength(10);
  });

  test('the disk of an output root that is not there any more fails no job that named a folder in it', async (context) => {
    const runs = await countedRuns(context);
    const root = join(runs.folder, 'root');
    await mkdir(root);
    const server = await runs.start({ flags: ['--output-root', root] });
    await rmdir(root);
    // Where it was is now a file: it can be neither made nor written.
    await writeFile(root, '');
    const id = await submit(server.url, { ...runs.request('1'), output_dir: join(root, 'x') });
    expect(await blockedOf(server.url)).toMatch(new RegExp(`the output root ${root} cannot be used|${root}`));
    await rm(root);
    await mkdir(root);
    await resume(server.url);
    expect(await endedJob(server.url, id)).toMatchObject({ status: 'completed' });
  });
});
