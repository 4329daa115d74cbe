import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fakeSlurm } from '../support/clusters/fakeSlurm.ts';
import { submit } from '../support/jobs/client.ts';
import { healthOf } from '../support/requests/health.ts';
import { send } from '../support/requests/send.ts';
import { fixture, temporaryFolder } from '../support/runs/localRun.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer, type TestServerOptions } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const queueOf = async (url: string) => Object((await send(`${url}/queue`, { method: 'GET' })).json);
const demo = { model: 'nearest-template', tasks: ['demo_digits'], limit: 1 };

async function started(options: TestServerOptions) {
  const server = await startServer(options);
  onTestFinished(async () => void (await server.stop()));
  return server;
}

/** What a start says that is refused. */
async function refused(flags: string[], env: Record<string, string> = {}) {
  const dataDir = join(await temporaryFolder(), 'data');
  const { code, stderr } = await runMain(['--port', '0', '--data-dir', dataDir, ...flags], env);
  return { code, stderr };
}

/** What answers at an address in place of Ray. */
async function inPlaceOfRay(answer: (method: string, path: string) => [status: number, body: string]) {
  const server = createServer((request, response) => {
    request.resume();
    const [status, body] = answer(request.method ?? '', request.url ?? '');
    response.writeHead(status).end(body);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a Python that was named and is not there, or is not executable, refuses the start in one line that names the option', async () => {
  const words = (python: string) =>
    `evald: --python ${python} is not there, or is not executable; name a Python that has lmms-eval\n`;
  const file = join(import.meta.dirname, 'startChecks.test.ts');
  expect(await refused(['--python', '/no/such/python'])).toEqual({ code: 2, stderr: words('/no/such/python') });
  expect(await refused(['--harness', 'demo'], { EVALD_PYTHON: file })).toEqual({ code: 2, stderr: words(file) });
});

const ENOENT = 'ENOENT, there is no such file or folder';

test.each([
  [
    ['--tokens', '/nosuch/tokens'],
    `--tokens: /nosuch/tokens cannot be read: ${ENOENT}; make it with \`evald token create NAME --role admin --tokens /nosuch/tokens\``,
  ],
  [
    ['--host', '0.0.0.0'],
    '--host 0.0.0.0 can be reached from other machines, and no tokens are set; make one with `evald token create NAME --role admin --tokens FILE` and start with --tokens FILE (or set EVALD_TOKEN), or let every client in with --insecure-no-auth',
  ],
  [['--tls-cert', '/nosuch/cert', '--tls-key', '/nosuch/key'], `--tls-cert /nosuch/cert cannot be read: ${ENOENT}`],
  [
    ['--command-harness', 'mine=/nosuch/mine.yaml'],
    `--command-harness mine: /nosuch/mine.yaml cannot be read: ${ENOENT}`,
  ],
])('what %j names and is not there refuses the start in one line that says what to do', async (flags, message) => {
  expect(await refused(['--harness', 'demo', ...flags])).toEqual({ code: 2, stderr: `evald: ${message}\n` });
});

test.each([
  [
    ['--host', 'host.invalid'],
    '--host host.invalid is no host that is known here (ENOTFOUND); name an address of this machine, as 127.0.0.1, or 0.0.0.0 for all of them',
  ],
  [
    ['--webhook-secret-file', '/nosuch/secret'],
    `the webhook secret in /nosuch/secret cannot be read: ${ENOENT}; write one into it that only its owner can read, or leave --webhook-secret-file out to have one made`,
  ],
  [
    ['--data-dir', '/proc/nosuch'],
    `--data-dir /proc/nosuch: it cannot be made or used: ${ENOENT}; name a folder that the user of evald may make, read and write`,
  ],
  [
    ['--runs-dir', '/proc/nosuch'],
    `--runs-dir /proc/nosuch: /proc/nosuch/runs cannot be used: ${ENOENT}; it must be a folder of the user that evald runs as, which that may write to`,
  ],
])(
  'the file or folder of %j that cannot be used ends the start with one line that says what to do',
  async (flags, message) => {
    expect(await refused(['--harness', 'demo', ...flags])).toEqual({ code: 1, stderr: `evald: ${message}\n` });
  },
);

test('a token of Ray that is not there is named with its option, and is no reason not to start', async () => {
  const { url } = await started({ flags: ['--backend', 'ray', '--ray-token-file', '/nosuch/token'] });
  expect((await healthOf(url)).engine.reason).toBe(
    `the token of Ray (--ray-token-file /nosuch/token) cannot be used: ${ENOENT}`,
  );
});

test('a Python that says that it has no lmms-eval starts nothing until it has', async () => {
  const flags = ['--python', fixture('bare-python')];
  const server = await started({ harness: 'lmms-eval', flags });
  const ids = [await submit(server.url, demo), await submit(server.url, demo)];
  expect(await healthOf(server.url)).toMatchObject({
    status: 'degraded',
    blocked: expect.stringMatching(/bare-python has no lmms_eval, .*; set --python to a Python that has lmms-eval$/),
  });
  expect(await queueOf(server.url)).toMatchObject({ failed_jobs: 0, queued_jobs: ids });
});

/** The queue once all that waited has been handed over. */
const whenUnblocked = (url: string) =>
  eventually(async () => {
    const queue = await queueOf(url);
    return queue.queue_size === 0 && queue.blocked === null && queue;
  });

test('Slurm without its commands refuses the start, and so do arguments that it does not accept', async () => {
  const missing = await refused(['--backend', 'slurm'], { PATH: '/nonexistent' });
  expect(missing).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^evald: \w+ was not found on the PATH.*\n$/),
  });
  const slurm = await fakeSlurm(await temporaryFolder());
  await slurm.refuseTrials('Invalid partition name specified');
  expect(await refused(['--backend', 'slurm', '--slurm-args', '--partition=debgu'], { PATH: slurm.path })).toEqual({
    code: 2,
    stderr:
      'evald: Slurm refuses every submission: Invalid partition name specified; see --slurm-args and --slurm-gres\n',
  });
});

test('arguments that Slurm no longer accepts fail none of twenty jobs: they wait, and are submitted when it accepts them', async () => {
  const slurm = await fakeSlurm(await temporaryFolder());
  const server = await started({ flags: ['--backend', 'slurm'], env: { PATH: slurm.path } });
  await slurm.refuse('Invalid account or account/partition combination specified');
  for (let count = 0; count < 20; count++) await submit(server.url, demo);
  const blocked = await eventually(async () => (await healthOf(server.url)).blocked);
  expect(blocked).toContain('Invalid account');
  expect(await queueOf(server.url)).toMatchObject({ failed_jobs: 0, queue_size: expect.any(Number) });
  await slurm.take();
  await send(`${server.url}/queue/resume`, { method: 'POST' });
  expect(await whenUnblocked(server.url)).toMatchObject({ failed_jobs: 0 });
  // Nothing of them runs, as far as this Slurm tells: there is nothing to wait for.
  await server.kill();
});

test('a service that answers and is not Ray refuses the start; an address that does not answer does not', async () => {
  const page = await inPlaceOfRay(() => [200, '<html>Welcome</html>']);
  expect(await refused(['--backend', 'ray', '--ray-address', page])).toEqual({
    code: 2,
    stderr: `evald: what answers at ${page} is not Ray; see --ray-address\n`,
  });
  const server = await started({ flags: ['--backend', 'ray', '--ray-address', 'http://127.0.0.1:9'] });
  expect(await healthOf(server.url)).toMatchObject({ status: 'degraded', blocked: null, engine: { reachable: false } });
});

test.each([404, 429])(
  'a proxy before Ray that answers submissions with %i fails none of twenty jobs: they wait until it lets them through',
  async (status) => {
    let isClosed = true;
    const proxy = await inPlaceOfRay((method, path) => {
      if (path === '/api/version') return [200, '{"ray_version": "2.50.0"}'];
      if (method === 'POST') return isClosed ? [status, 'nothing here'] : [200, '{"submission_id": "x"}'];
      return path === '/api/jobs/' ? [200, '[]'] : [200, '{"status": "PENDING"}'];
    });
    const server = await started({ flags: ['--backend', 'ray', '--ray-address', proxy] });
    for (let count = 0; count < 20; count++) await submit(server.url, demo);
    const blocked = await eventually(async () => (await healthOf(server.url)).blocked);
    expect(blocked).toBe(`what answers at ${proxy} takes no jobs: ${status} nothing here; see --ray-address`);
    expect(await queueOf(server.url)).toMatchObject({ failed_jobs: 0 });
    isClosed = false;
    await send(`${server.url}/queue/resume`, { method: 'POST' });
    expect(await whenUnblocked(server.url)).toMatchObject({ failed_jobs: 0 });
    await server.kill();
  },
  30_000,
);
