import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { verbs } from '../src/cli/commands/verbs.ts';
import { PROGRAM_WORD } from '../src/ownFiles.ts';
import { READY } from '../src/runner/results/reader/wire.ts';
import { removeFolder } from './support/files/removeFolder.ts';
import { makeInspectFolder } from './support/harnesses/inspectServer.ts';
import { getJob, submit } from './support/jobs/client.ts';
import { endedJob, jobWhen } from './support/jobs/jobs.ts';
import { describeWith, inspect, ownPids } from './support/needs.ts';
import { childrenOf } from './support/runs/processes.ts';
import { startServer, type TestServer } from './support/server/server.ts';
import { eventually } from './support/waiting/eventually.ts';

const root = new URL('../', import.meta.url).pathname;
/** Two runs of the demo are compared, and one is long enough to be met in the middle. */
const quick = { model: 'nearest-template', tasks: ['demo_digits'], log_samples: true };
const slow = { model: 'majority', tasks: ['demo_digits', 'demo_shapes'], model_args: { delay: 0.02 } };

let folder: string;
let executable: string;
/** All that it gets. */
let env: { HOME: string; TMPDIR: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-binary-test-'));
  env = { HOME: join(folder, 'home'), TMPDIR: join(folder, 'tmp') };
  for (const made of [env.HOME, env.TMPDIR]) await mkdir(made);
  await promisify(execFile)(process.execPath, [join(root, 'tools/binary/build.ts'), join(folder, 'made')]);
  executable = join(folder, 'made', 'evald');
});
afterAll(() => removeFolder(folder));

async function evald(...args: string[]) {
  const run = promisify(execFile)(executable, args, { cwd: env.HOME, env: { ...env } });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}
const json = async (url: string) => Object(await (await fetch(url)).json());
const commandLineOf = async (pid: number) => (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');

test('the one executable stands alone: it names nothing of the folder it was made in, and its licenses lie beside it', async () => {
  await access(executable, constants.X_OK);
  expect((await readFile(executable)).includes(root)).toBe(false);
  expect((await stat(executable)).size).toBeLessThan(200 * 2 ** 20);
  const licenses = await readFile(join(folder, 'made', 'LICENSES'), 'utf8');
  for (const name of ['hono', 'xstate', 'zod', 'execa', 'Node.js']) {
    expect(licenses).toMatch(new RegExp(`^${name} \\d+\\.\\d+`, 'm'));
  }
});

test('the one executable says the version of package.json, the help of its commands, and which setting is wrong', async () => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  expect(await evald('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  for (const verb of Object.keys(verbs).slice(0, 3)) {
    const { code, stdout } = await evald(verb, '--help');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`evald ${verb}`) });
  }
  expect(await evald('--inspect', '--port', '0')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('from its sources'),
  });
  expect(await evald('serve', '--port', 'none')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^evald: --port/),
  });
});

test('the demo of the one executable completes its evaluations, and leaves nothing behind', async () => {
  const { code, stdout, stderr } = await evald('demo');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/nearest-template +0\.\d+ ± 0\.\d+ +0\.\d+ ± 0\.\d+/);
  expect(stdout.match(/ completed in /g)).toHaveLength(3);
  // Nothing of the executable is unpacked, and nothing of it compiled is kept.
  expect([await readdir(env.HOME), await readdir(env.TMPDIR)]).toEqual([[], []]);
});

describe('a server of the one executable', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ executable, env });
  });
  afterAll(async () => {
    await server.stop();
  });

  test('a server of the one executable serves the page with all its parts, the drawings and its description', async () => {
    const page = await (await fetch(`${server.url}/`)).text();
    const parts = [...page.matchAll(/(?:src|href)="\.?(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    expect(parts.length).toBeGreaterThan(1);
    const built = (await readdir(join(root, 'dist/dashboard/assets'))).map((name) => `/assets/${name}`);
    for (const path of [...parts, ...built, '/machines/job.svg', '/machines/scheduler.mmd', '/machines/system.svg']) {
      expect((await fetch(`${server.url}${path}`)).status, path).toBe(200);
    }
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(await json(`${server.url}/openapi.json`)).toMatchObject({ info: { version } });
    expect(await json(`${server.url}/health`)).toMatchObject({ takes_jobs: true });
  });

  test('a server of the one executable runs jobs through its starter, reads their samples and compares them in threads', async () => {
    const [a, b] = [await submit(server.url, quick), await submit(server.url, { ...quick, model: 'majority' })];
    for (const job of [a, b]) expect(await endedJob(server.url, job)).toMatchObject({ status: 'completed' });
    const starter = await eventually(async () => {
      const lines = await Promise.all((await childrenOf(server.process.pid)).map(commandLineOf));
      return lines.find((words) => words.some((word) => word.endsWith('/starterProgram')));
    });
    expect(starter).toEqual([
      executable,
      expect.any(String),
      `${PROGRAM_WORD}runner/backends/local/starter/starterProgram`,
      '',
    ]);
    const { samples } = await json(`${server.url}/jobs/${a}/samples/demo_digits?limit=2`);
    expect(samples).toHaveLength(2);
    const compared = await json(`${server.url}/compare?a=${a}&b=${b}`);
    expect(compared.comparisons[0]).toMatchObject({ task: 'demo_digits', verdict: 'worse' });
  });

  test('its reader is a process of its own where it has to be', async () => {
    const word = `${PROGRAM_WORD}runner/results/reader/thread`;
    const child = spawn(executable, ['--node-options=--max-old-space-size=64', word], {
      env: { ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    const [said] = await once(child, 'message');
    expect(said).toEqual(READY);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

test('a server of the one executable that is killed loses no run: the next one picks it up, and it completes once', async () => {
  const dataDir = await mkdtemp(join(folder, 'data-'));
  const first = await startServer({ executable, env, dataDir });
  const job = await submit(first.url, slow);
  const before = await jobWhen(first.url, job, ({ progress }) => (progress?.percent ?? 0) > 0);
  await first.kill();
  const next = await startServer({ executable, env, dataDir });
  onTestFinished(async () => void (await next.stop()));
  expect(await getJob(next.url, job)).toMatchObject({
    status: 'running',
    backend: { id: before.backend?.id },
  });
  expect(await endedJob(next.url, job)).toMatchObject({ status: 'completed', started_at: before.started_at });
  const events = await (await fetch(`${next.url}/jobs/${job}/events?after=0`)).text();
  const types = [...events.matchAll(/^event: (\w+)$/gm)].map(([, type]) => type);
  expect(types).toEqual(['submitted', 'started', 'launched', 'completed']);
});

describeWith(ownPids, 'the one executable as process 1, as in a container,', () => {
  test('the one executable as process 1 has a shell be that, and goes on below it', async () => {
    const flags = ['--port', '0', '--harness', 'demo', '--data-dir', await mkdtemp(join(folder, 'data-'))];
    const words = ['--pid', '--fork', '--mount-proc', '--kill-child', executable, 'serve', ...flags];
    const child = spawn('unshare', words, {
      env: { ...env, PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.on('data', (chunk) => {
      log += chunk;
    });
    await eventually(() => log.includes('listens on'));
    const [first = 0] = await childrenOf(child.pid);
    expect((await commandLineOf(first)).slice(0, 2)).toEqual(['sh', '-c']);
    const [below = 0] = await childrenOf(first);
    expect(await commandLineOf(below)).toEqual([executable, 'serve', ...flags, '']);
    process.kill(first, 'SIGTERM');
    await once(child, 'close');
    expect({ code: child.exitCode, log }).toMatchObject({ code: 0, log: expect.stringMatching(/ stopped\n$/) });
  });
});

describeWith(inspect, 'the one executable with the real inspect-ai', () => {
  test('the one executable hands a run of inspect the programs that it needs as files', async () => {
    const tasks = await makeInspectFolder();
    const server = await tasks.start({ executable, env: { ...env, PATH: '/usr/bin:/bin' } });
    onTestFinished(async () => {
      await server.stop();
      await tasks.remove();
    });
    const job = await submit(server.url, { harness: 'inspect', model: 'none/none', tasks: [tasks.task('letters')] });
    expect(await endedJob(server.url, job)).toMatchObject({ status: 'completed', error: null });
  });
});
