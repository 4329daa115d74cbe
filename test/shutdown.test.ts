import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { submit } from './support/jobs/client.ts';
import { jobWhen } from './support/jobs/jobs.ts';
import { slowness } from './support/measuring/least.ts';
import { sendHalf } from './support/requests/halfSent.ts';
import { send } from './support/requests/send.ts';
import { fixture, temporaryFolder } from './support/runs/localRun.ts';
import { isRunning, processesOf } from './support/runs/processes.ts';
import { startServer, type TestServer, type TestServerOptions } from './support/server/server.ts';
import { eventually } from './support/waiting/eventually.ts';

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function serving(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startServer(options);
  servers.push(server);
  return server;
}

/** Sends a signal, and tells how the server ended and in how many milliseconds. */
async function ended({ process }: TestServer, signal: NodeJS.Signals) {
  const began = performance.now();
  process.kill(signal);
  await once(process, 'exit');
  return { code: process.exitCode, milliseconds: performance.now() - began };
}

const stopping = (server: TestServer) => eventually(() => server.log().includes('no more jobs are taken'));

/** Runs of it answer `--model` with nothing and end only when killed. */
const ignoringTerm: TestServerOptions = { harness: 'lmms-eval', flags: ['--python', fixture('ignore-term')] };
const anything = { model: 'any', tasks: ['any'] };

describe.each(['SIGTERM', 'SIGINT'] as const)('on %s', (signal) => {
  test('an idle server ends at once with exit code 0, however long the grace period is', async () => {
    const { code, milliseconds } = await ended(await serving({ flags: ['--grace', '3600'] }), signal);
    expect(code).toBe(0);
    expect(milliseconds).toBeLessThan(30_000);
  });

  test('a run is asked to end, its processes are gone, its job is failed, and what waits never starts', async () => {
    const server = await serving({ flags: ['--grace', '3600'] });
    const slow = { model: 'random', tasks: ['demo_digits'], model_args: { delay: 600 } };
    const [running, waiting] = [await submit(server.url, slow), await submit(server.url, slow)];
    await jobWhen(server.url, running, ({ progress }) => progress !== null);
    const pids = await processesOf(server.dataDir);
    expect(pids.length).toBeGreaterThan(0);
    const { code, milliseconds } = await ended(server, signal);
    expect(code).toBe(0);
    expect(milliseconds).toBeLessThan(30_000);
    expect(await processesOf(server.dataDir)).toEqual([]);
    expect(server.log()).toContain(`job ${running} failed: interrupted`);
    expect(server.log()).not.toContain(`job ${waiting} started`);
  });
});

test('while a run that ignores TERM is ended, nothing is taken, everything is answered, and it ends within grace + 5 s', async () => {
  const server = await serving({ ...ignoringTerm, flags: [...(ignoringTerm.flags ?? []), '--grace', '2'] });
  const [running, waiting] = [await submit(server.url, anything), await submit(server.url, anything)];
  const { log } = await jobWhen(server.url, running, ({ log }) => log !== null);
  await eventually(async () => (await readFile(String(log), 'utf8')).includes('ready'));
  const halfSent = await sendHalf(server.url, anything);
  const end = ended(server, 'SIGTERM');
  await stopping(server);

  const submission = await send(`${server.url}/evaluate`, post(anything));
  expect(submission).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
  expect(await send(`${server.url}/jobs/${waiting}`, { method: 'DELETE' })).toMatchObject({ status: 503 });
  expect(await send(`${server.url}/jobs/${running}`, { method: 'GET' })).toMatchObject({ json: { status: 'running' } });
  expect(await send(`${server.url}/health`, { method: 'GET' })).toMatchObject({
    status: 503,
    json: { status: 'degraded', reasons: ['the server is shutting down'] },
  });
  expect(await halfSent.finish()).toMatch(/^HTTP\/1\.1 503 .*retry-after: \d+/is);
  // Someone impatient changes nothing.
  server.process.kill('SIGINT');
  server.process.kill('SIGTERM');

  const { code, milliseconds } = await end;
  expect(code).toBe(0);
  expect(milliseconds).toBeGreaterThan(1_900);
  expect(milliseconds).toBeLessThan(7_000 * slowness('clock'));
  expect(await processesOf(server.dataDir)).toEqual([]);
});

test('a submission that was half sent when an idle server was stopped is answered', async () => {
  const server = await serving();
  const halfSent = await sendHalf(server.url, anything);
  const end = ended(server, 'SIGTERM');
  await stopping(server);
  expect(await halfSent.finish()).toMatch(/^HTTP\/1\.1 503 /);
  expect((await end).code).toBe(0);
});

test.each([
  ['a merge', '/merge', 'POST', 500, 'FSDP2Merger'],
  ['a list of tasks', '/tasks', 'GET', 503, 'TaskManager'],
])('%s under way is ended and answered', async (_, path, method, status, asked) => {
  const folder = await temporaryFolder();
  const pidFile = join(folder, 'pid');
  // The server has looks of its own.
  const env = { HANG_PID: pidFile, HANG_FOR: asked };
  const server = await serving({
    harness: 'lmms-eval',
    flags: ['--python', fixture('hang'), '--pass-env', 'HANG_*'],
    env,
  });
  const answer = send(server.url + path, method === 'POST' ? post({ checkpoint_path: '/c' }) : { method });
  const pid = Number(await eventually(() => readFile(pidFile, 'utf8').catch(() => null)));
  const { code } = await ended(server, 'SIGTERM');
  expect(await answer).toMatchObject({ status, json: { detail: expect.stringContaining('shutting down') } });
  expect(code).toBe(0);
  await eventually(async () => !(await isRunning(pid)));
});

test('npm start hands a signal on to the server, and ends as it does', async () => {
  const folder = await temporaryFolder();
  const flags = ['--port', '0', '--harness', 'demo', '--data-dir', folder];
  const npm = spawn('npm', ['start', '--', ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  npm.stderr.on('data', (chunk) => {
    log += chunk;
  });
  await eventually(() => log.includes('listens on'));
  const end = once(npm, 'exit');
  npm.kill('SIGTERM');
  expect(await end).toEqual([0, null]);
  expect(await processesOf(folder)).toEqual([]);
});

function post(body: object) {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
