import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outputAccess } from '../../../src/composition/startChecks.ts';
import type { JobInfo } from '../../../src/schemas/job/job.ts';
import { removeFolder } from '../../support/files/removeFolder.ts';
import { submit } from '../../support/jobs/client.ts';
import { endedJob } from '../../support/jobs/jobs.ts';
import { otherUsers, skipWithout } from '../../support/needs.ts';
import { runMain } from '../../support/server/runMain.ts';
import { startServer, type TestServer } from '../../support/server/server.ts';

const isRoot = process.getuid?.() === 0;
/** A group of which only its number is known, and a user who is in nothing but what a test says. */
const GROUP = 54_321;
const USER = 54_322;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  await chmod(folder, 0o755);
});
afterAll(() => removeFolder(folder));

/** What a folder and all below it is open to: path → mode and group. */
async function modesIn(root: string): Promise<Record<string, string>> {
  const names = await readdir(root, { recursive: true });
  const all = ['', ...names].map(async (name) => {
    const { mode, gid } = await stat(join(root, name));
    return [
      name.replaceAll(/eval-[\d-]+\.log$/g, 'log').replaceAll(/\d{8}_\d{6}/g, 'T'),
      `${(mode & 0o7777).toString(8)} ${gid}`,
    ];
  });
  return Object.fromEntries(await Promise.all(all));
}

/** Whether another user can list a folder and read a file. */
function canRead(file: string, ...groups: number[]): boolean {
  const words = ['--reuid', String(USER), '--regid', String(USER), '--groups', [USER, ...groups].join()];
  return spawnSync('setpriv', [...words, 'cat', file]).status === 0;
}

async function evaluated(server: TestServer, more: object = {}): Promise<JobInfo> {
  const asked = { model: 'majority', tasks: ['demo_digits'], limit: 2, log_samples: true, ...more };
  const job = await endedJob(server.url, await submit(server.url, asked));
  expect(job.status, job.error ?? '').toBe('completed');
  return job;
}

const filesOf = (job: JobInfo): string[] =>
  Object.values(job.result ?? {}).flatMap(({ results, samples }) => [results, ...samples]);

describe('without a group', () => {
  test('without a group what evald and its runs make is for their owner only, and what was there keeps its mode', async () => {
    const root = join(folder, 'root');
    await mkdir(join(root, 'there'), { recursive: true });
    await chmod(join(root, 'there'), 0o755);
    const server = await startServer({ dataDir: join(folder, 'data'), flags: ['--output-root', root] });
    try {
      const group = (await stat(root)).gid;
      const job = await evaluated(server, { output_dir: join(root, 'new', 'run') });
      const modes = await modesIn(join(root, 'new'));
      expect(modes).toMatchObject({ '': `700 ${group}`, run: `700 ${group}`, 'run/log': `600 ${group}` });
      for (const [path, mode] of Object.entries(modes)) expect(mode, path).toMatch(/^[67]00 /);
      expect(filesOf(job).length).toBeGreaterThan(1);
      await evaluated(server, { output_dir: join(root, 'there') });
      expect(await modesIn(root)).toMatchObject({
        '': expect.stringMatching(/^755 /),
        there: expect.stringMatching(/^755 /),
      });
      expect((await modesIn(join(root, 'there')))['log']).toMatch(/^600 /);
      const own = await evaluated(server);
      for (const place of ['outputs', 'runs']) {
        for (const [path, mode] of Object.entries(await modesIn(join(server.dataDir, place)))) {
          if (!path.endsWith('log.link')) expect(mode, `${place}/${path}`).toMatch(/^[67]00 /);
        }
      }
      if (isRoot)
        for (const path of [job.log ?? '', own.log ?? '', ...filesOf(job)]) expect(canRead(path), path).toBe(false);
    } finally {
      await server.stop();
    }
  });
});

describe.runIf(isRoot)('with a group', () => {
  let server: TestServer;
  let root: string;
  let runsDir: string;
  beforeAll(async () => {
    [root, runsDir] = [join(folder, 'shared', 'root'), join(folder, 'runs-dir')];
    await mkdir(runsDir);
    const flags = ['--output-root', root, '--runs-dir', runsDir, '--output-group', 'tty'];
    server = await startServer({ dataDir: join(folder, 'data-of-group'), flags });
  });
  afterAll(() => server.stop());
  const tty = Number(execFileSync('getent', ['group', 'tty'], { encoding: 'utf8' }).split(':')[2]);

  test('with a group its members can read what evald and its runs make, others cannot, and only the owner can change it', async () => {
    const job = await evaluated(server, { output_dir: join(root, 'a', 'b') });
    expect(await modesIn(join(folder, 'shared'))).toMatchObject({ '': `2750 ${tty}`, 'root/a/b': `2750 ${tty}` });
    for (const [path, mode] of Object.entries(await modesIn(join(folder, 'shared')))) {
      expect(mode, path).toMatch(new RegExp(`^(2750|640) ${tty}$`));
    }
    const own = await evaluated(server);
    for (const [path, mode] of Object.entries(await modesIn(join(runsDir, 'outputs')))) {
      expect(mode, path).toMatch(new RegExp(`^(2750|640) ${tty}$`));
    }
    for (const path of [job.log ?? '', own.log ?? '', ...filesOf(job), ...filesOf(own)]) {
      expect([canRead(path, tty), canRead(path)], path).toEqual([true, false]);
    }
  });

  test('with a group the state of runs stays closed to its members', async () => {
    expect((await modesIn(join(runsDir, 'runs')))['']).toBe('700 0');
    expect((await stat(server.dataDir)).mode & 0o777).toBe(0o700);
  });

  test('with a group, a folder that was there and is of another group gets only its log of that group', async () => {
    const there = join(root, 'there');
    await mkdir(there);
    await chmod(there, 0o755);
    await chown(there, 0, 0);
    const job = await evaluated(server, { output_dir: there });
    expect(await modesIn(there)).toMatchObject({ '': '755 0', log: `640 ${tty}` });
    // Else they would be open to the first group of evald's user.
    for (const path of filesOf(job)) expect((await stat(path)).mode & 0o777, path).toBe(0o600);
  });
});

test('a group that is not there, or not of the user, refuses the start and says what to do', async () => {
  const flags = ['--data-dir', join(folder, 'never'), '--port', '0', '--output-group'];
  const missing = await runMain([...flags, 'no-such-group']);
  expect([missing.code, missing.stderr]).toEqual([
    2,
    expect.stringContaining('--output-group no-such-group: there is no such group on this machine'),
  ]);
  expect(() => outputAccess({ 'output-group': String(GROUP) })).toThrow('there is no such group');
  expect(outputAccess({ 'output-group': null })).toMatchObject({ group: null, umask: 0o077 });
  const own = process.getegid?.() ?? 0;
  expect(outputAccess({ 'output-group': String(own) })).toMatchObject({ group: own, folders: 0o2750, umask: 0o027 });
});

test('a group without a name is accepted when the user is in it, and refused when not', (context) => {
  skipWithout(otherUsers, context);
  const ask = (group: string) => {
    const module = JSON.stringify(new URL('../../../src/composition/startChecks.ts', import.meta.url).pathname);
    const script = `import { outputAccess } from ${module};
      try { console.log(JSON.stringify(outputAccess({ 'output-group': ${JSON.stringify(group)} }))); }
      catch (error) { console.log(error.message); }`;
    const words = ['--reuid', String(USER), '--regid', String(USER), '--groups', String(GROUP), '--'];
    const node = [process.execPath, '--input-type=module', '-e', script];
    const { stdout } = spawnSync('setpriv', [...words, ...node], {
      encoding: 'utf8',
      cwd: '/',
      env: { NODE_DISABLE_COMPILE_CACHE: '1', PATH: process.env['PATH'] },
    });
    return stdout;
  };
  expect(ask(String(GROUP))).toContain(`"group":${GROUP}`);
  expect(ask('tty')).toContain(`--output-group tty: the user that evald runs as (uid ${USER}) is not in it`);
});
