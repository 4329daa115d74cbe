import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const preloading = (name: string, more: Record<string, string> = {}) => ({
  NODE_OPTIONS: `--import ${new URL(`../fixtures/${name}`, import.meta.url).pathname}`,
  ...more,
});

type Health = { status: string; reasons: string[] };
const healthOf = async (url: string): Promise<Health> => (await (await fetch(`${url}/health`)).json()) as Health;

/** How a process ends, whenever it does. */
async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode };
}

describe('a server whose event loop is blocked', () => {
  test('a blocked server is ended by the watchdog with one line that names its work, and the next start picks up what runs', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const first = await counted.start({ flags: ['--watchdog', '5'], env: preloading('blocking.mjs') });
    const [running, waiting] = [
      await submit(first.url, counted.request('a')),
      await submit(first.url, counted.request('b')),
    ];
    await eventually(async () => (await counted.runs()).length === 1);
    await eventually(async () => (await getJob(first.url, running)).log !== null);
    await getJob(first.url, waiting);
    const before = first.log().length;
    first.process.kill('SIGUSR2');
    expect(await endOf(first.process)).toEqual({ code: null, signal: 'SIGKILL' });
    const lines = first.log().slice(before).trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringContaining(`begun last: GET /jobs/${waiting}; it is in blockTheLoop (fixtures/blocking.mjs:7)`),
    ]);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\S+Z ERROR nothing was done for 5 s \(--watchdog\)/);

    const next = await counted.start();
    expect(await getJob(next.url, running)).toMatchObject({ status: 'running' });
    expect(await getJob(next.url, waiting)).toMatchObject({ status: 'queued' });
    await counted.release();
    expect(await endedJob(next.url, running)).toMatchObject({ status: 'completed' });
    expect(await endedJob(next.url, waiting)).toMatchObject({ status: 'completed' });
    expect(await counted.runs()).toEqual(['a', 'b']);
  });

  test('the last line of a server that logs JSON is JSON too', async () => {
    const flags = ['--watchdog', '1', '--log-format', 'json'];
    const server = await startServer({ flags, env: preloading('blocking.mjs') });
    const before = server.log().length;
    server.process.kill('SIGUSR2');
    expect(await endOf(server.process)).toEqual({ code: null, signal: 'SIGKILL' });
    await server.stop();
    expect(JSON.parse(server.log().slice(before))).toEqual({
      level: 'error',
      time: expect.any(String),
      msg: expect.stringMatching(/^nothing was done for 1 s \(--watchdog\).*blockTheLoop/),
    });
  });

  test.each([
    ['without a watchdog', '0', ''],
    ['with a debugger, whose user may hold it', '1', '--inspect=127.0.0.1:0'],
  ])('a server whose event loop is blocked goes on %s', async (_, seconds, node) => {
    const env = { NODE_OPTIONS: `${preloading('blocking.mjs').NODE_OPTIONS} ${node}`, TEST_BLOCK: '4000' };
    const server = await startServer({ flags: ['--watchdog', seconds], env });
    try {
      server.process.kill('SIGUSR2');
      // It answers when it is no longer held up.
      await eventually(async () =>
        (await healthOf(server.url)).reasons.some((reason) => reason.startsWith('nothing was done for')),
      );
      expect(server.process.signalCode).toBeNull();
    } finally {
      await server.stop();
    }
  });
});

test('a server that was stopped (SIGSTOP) for longer than the watchdog waits goes on', async () => {
  const server = await startServer({ flags: ['--watchdog', '4'] });
  try {
    for (let time = 0; time < 2; time++) {
      server.process.kill('SIGSTOP');
      await pause(6_000);
      server.process.kill('SIGCONT');
      await healthOf(server.url);
      await pause(300);
    }
    expect(server.process.signalCode).toBeNull();
    expect((await healthOf(server.url)).status).toBe('degraded');
  } finally {
    expect(await server.stop()).toBe(0);
  }
});

test('a server that was held up says so in /health for a while, and takes jobs', async () => {
  const server = await startServer({ env: preloading('blocking.mjs', { TEST_BLOCK: '1800' }) });
  try {
    server.process.kill('SIGUSR2');
    await eventually(async () => (await healthOf(server.url)).status === 'degraded');
    const answer = await fetch(`${server.url}/health`);
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as Health).reasons).toEqual([
      expect.stringMatching(/^nothing was done for \d+\.\d s, \d+\.\d s ago: one piece of work held all others up$/),
    ]);
  } finally {
    await server.stop();
  }
});

test('a server of which every thread that reads files waits says so in /health, which does not wait, until they go on', async () => {
  const server = await startServer({ env: preloading('holding-files.mjs') });
  try {
    server.process.kill('SIGUSR2');
    const isStuck = ({ reasons }: Health) => reasons.some((reason) => reason.startsWith('no file was read for'));
    await eventually(async () => isStuck(await healthOf(server.url)));
    const answer = await fetch(`${server.url}/health`);
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as Health).status).toBe('degraded');
    server.process.kill('SIGUSR2');
    await eventually(async () => !isStuck(await healthOf(server.url)));
  } finally {
    await server.stop();
  }
});
