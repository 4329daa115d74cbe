import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { describeWith, ownPids, terminals } from '../support/needs.ts';
import { fixture, temporaryFolder } from '../support/runs/localRun.ts';
import { childrenOf, processesOf } from '../support/runs/processes.ts';
import { freePorts } from '../support/server/freePorts.ts';
import { startServer, type TestServer, type TestServerOptions } from '../support/server/server.ts';
import { openTerminal, quoted, STOP } from '../support/server/terminal.ts';
import { eventually } from '../support/waiting/eventually.ts';

const evald = new URL('../../src/evald.ts', import.meta.url).pathname;
const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };
const slow = { ...quick, model_args: { delay: 600 } };

async function serving(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startServer(options);
  onTestFinished(async () => void (await server.stop()));
  return server;
}

/** The command line of a server on a free port, and where it answers. */
async function commandOf(): Promise<{ words: string[]; url: string; dataDir: string }> {
  const [port] = await freePorts(1);
  const dataDir = await temporaryFolder();
  const flags = ['--host', '127.0.0.1', '--port', String(port), '--data-dir', dataDir, '--harness', 'demo'];
  return { words: [process.execPath, evald, ...flags], url: `http://127.0.0.1:${port}`, dataDir };
}

/** Bit 10 of the mask of signals that a process catches. */
const CATCHES_USR1 = /^SigCgt:\t[0-9a-f]{13}[2367abef]/m;

const health = (url: string) => fetch(`${url}/health`).then(({ status }) => status);
const healthy = (url: string) => eventually(() => health(url).catch(() => null));

/** The one server of a folder, whatever started it. */
async function pidOf(dataDir: string): Promise<number> {
  const pids = await processesOf(dataDir);
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')));
  return pids.find((_, index) => commands[index]?.includes('\0--port\0') && !commands[index]?.startsWith('s')) ?? 0;
}

describe('a signal', () => {
  test('SIGHUP ends neither a server that has nothing to read again nor its run, as nohup wants it', async () => {
    const server = await serving();
    const job = await submit(server.url, slow);
    await jobWhen(server.url, job, ({ progress }) => progress !== null);
    server.process.kill('SIGHUP');
    await eventually(() => server.log().includes('SIGHUP: there is no file to read again; the server goes on'));
    expect(await health(server.url)).toBe(200);
    expect(await jobWhen(server.url, job, () => true)).toMatchObject({ status: 'running' });
  });

  test.each(['SIGUSR1', 'SIGUSR2'] as const)('the signal %s opens no debugger and ends nothing', async (signal) => {
    const server = await serving();
    const job = await submit(server.url, slow);
    const { log } = await jobWhen(server.url, job, ({ progress }) => progress !== null);
    const runs = (await processesOf(String(log))).filter((pid) => pid !== server.process.pid);
    server.process.kill(signal);
    if (signal === 'SIGUSR1') for (const pid of runs) process.kill(pid, signal);
    await eventually(() => server.log().includes(`${signal} does nothing`));
    expect(await health(server.url)).toBe(200);
    expect(server.log() + (await readFile(String(log), 'utf8'))).not.toMatch(/debugger/i);
  });

  test('SIGUSR1 leaves no debugger open that comes before the server could listen for it', async () => {
    const { words, url } = await commandOf();
    const child = spawn(words[0] ?? '', words.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.on('data', (chunk) => {
      log += chunk;
    });
    // Node itself catches the signal then; nothing of evald has been read yet.
    await eventually(async () => CATCHES_USR1.test(await statusOf(child.pid)));
    child.kill('SIGUSR1');
    await healthy(url);
    const [, debuggerPort] = /^Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)/m.exec(log) ?? [];
    if (debuggerPort !== undefined) {
      await expect(fetch(`http://127.0.0.1:${debuggerPort}/json`)).rejects.toThrow();
      expect(log).toContain('the debugger that Node opened is closed again');
    }
    child.kill('SIGTERM');
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
  });

  test('SIGQUIT stops a server as SIGTERM does', async () => {
    const server = await serving();
    server.process.kill('SIGQUIT');
    await once(server.process, 'exit');
    expect({ code: server.process.exitCode, log: server.log() }).toMatchObject({
      code: 0,
      log: expect.stringContaining('SIGQUIT: no more jobs are taken'),
    });
  });

  test.each(['SIGTTIN', 'SIGTTOU', 'SIGPIPE'] as const)(
    'the signal %s neither stops nor ends a server',
    async (signal) => {
      const server = await serving();
      server.process.kill(signal);
      expect(await endedJob(server.url, await submit(server.url, quick))).toMatchObject({ status: 'completed' });
      expect(await statusOf(server.process.pid)).not.toMatch(/^State:\tT/m);
    },
  );
});

const statusOf = (pid: number | undefined) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');

describeWith(terminals, 'a server in a terminal', () => {
  test('a server in a terminal that is stopped answers, runs jobs, and ends on SIGTERM', async () => {
    const { words, url, dataDir } = await commandOf();
    const terminal = openTerminal(`sleep 0.2; exec ${quoted(words)}`);
    onTestFinished(terminal.vanish);
    terminal.press(STOP);
    await healthy(url);
    expect(await endedJob(url, await submit(url, quick))).toMatchObject({ status: 'completed' });
    process.kill(await pidOf(dataDir), 'SIGTERM');
    await once(terminal.process, 'close');
    expect(terminal.process.exitCode).toBe(0);
    expect(terminal.shown()).not.toContain('listens on');
    await eventually(async () => (await processesOf(dataDir)).length === 0);
  });

  test('a server in a terminal that vanishes goes on, and so does its run', async () => {
    const { words, url, dataDir } = await commandOf();
    const terminal = openTerminal(`exec ${quoted(words)}`);
    onTestFinished(terminal.vanish);
    await eventually(() => terminal.shown().includes('listens on'));
    const job = await submit(url, slow);
    await jobWhen(url, job, ({ progress }) => progress !== null);
    await terminal.vanish();
    expect(
      await endedJob(url, await submit(url, { ...quick, model: 'nosuch' }).then(stopFirst(url, job))),
    ).toMatchObject({
      status: 'failed',
    });
    process.kill(await pidOf(dataDir), 'SIGTERM');
    await eventually(async () => (await processesOf(dataDir)).length === 0);
  });

  test('a server in a terminal shows its last lines before it ends, and its faults', async () => {
    const { words } = await commandOf();
    const terminal = openTerminal(quoted([...words, '--tls-cert', '/nowhere', '--tls-key', '/nowhere']));
    await once(terminal.process, 'close');
    expect(terminal.process.exitCode).toBe(2);
    expect(terminal.shown()).toMatch(/^evald: --tls-cert \/nowhere cannot be read: .*\r\n$/);
  });

  test('a background server is not stopped for its output where a terminal forbids that', async () => {
    const { words, url, dataDir } = await commandOf();
    const terminal = openTerminal(`stty tostop; set -m; ${quoted(words)} & wait`);
    onTestFinished(terminal.vanish);
    await healthy(url);
    expect(await endedJob(url, await submit(url, quick))).toMatchObject({ status: 'completed' });
    process.kill(await pidOf(dataDir), 'SIGTERM');
    await once(terminal.process, 'close');
    expect(terminal.shown()).toContain('listens on');
  });
});

/** Stops a job, so that the next can run. */
const stopFirst = (url: string, job: string) => async (next: string) => {
  await fetch(`${url}/jobs/${job}/stop`, { method: 'POST' });
  return next;
};

describeWith(ownPids, 'a server that is process 1, as in a container,', () => {
  test('a server that is process 1 obeys signals, ends as it should, and leaves no zombie', async () => {
    const { words, url } = await commandOf();
    const folder = await temporaryFolder();
    const file = join(folder, 'orphan');
    const more = ['--harness', 'lmms-eval', '--python', fixture('leave-orphan'), '--pass-env', 'ORPHAN_FILE'];
    const child = spawn('unshare', ['--pid', '--fork', '--mount-proc', '--kill-child', ...words, ...more], {
      env: { ...process.env, ORPHAN_FILE: file },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.on('data', (chunk) => {
      log += chunk;
    });
    await healthy(url);
    expect(await endedJob(url, await submit(url, { model: 'any', tasks: ['any'] }))).toMatchObject({
      status: 'failed',
    });
    expect(await readdir(folder)).toEqual(['orphan']);
    const [first = 0] = await childrenOf(child.pid);
    expect(await readFile(`/proc/${first}/status`, 'utf8')).toMatch(/^NSpid:\t\d+\t1$/m);
    const states = await Promise.all((await childrenOf(first)).map(async (pid) => statusOf(pid)));
    expect(states.filter((state) => /^State:\tZ/m.test(state))).toEqual([]);
    process.kill(first, 'SIGHUP');
    await eventually(() => log.includes('SIGHUP: there is no file to read again'));
    process.kill(first, 'SIGTERM');
    await once(child, 'close');
    expect({ code: child.exitCode, log }).toMatchObject({ code: 0, log: expect.stringMatching(/ stopped\n$/) });
  });

  test('a server that is process 1 ends with the code of a start that was refused', async () => {
    const { words } = await commandOf();
    const flags = ['--pid', '--fork', '--mount-proc', '--kill-child', ...words, '--slots', 'two'];
    const child = spawn('unshare', flags, { stdio: 'ignore' });
    await once(child, 'close');
    expect(child.exitCode).toBe(2);
  });
});
