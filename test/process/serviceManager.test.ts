import { spawn } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { describeWith, systemd, systemPython } from '../support/needs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

type Notice = { lines: string[]; answer: number | null };

/** What a service manager would receive on a socket. */
async function receiver(socket: string): Promise<AsyncIterator<string>> {
  const child = spawn('python3', [new URL('../fixtures/notify-receiver.py', import.meta.url).pathname, socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('bound');
  return lines;
}

const needs = { ...systemd, present: systemd.present && systemPython.present };

describeWith(needs, 'a server that a service manager has started', () => {
  test('a server says that it is ready when it answers, that it lives while it does, and that it stops when it is asked to', async () => {
    const socket = join(await temporaryFolder(), 'notify');
    const lines = await receiver(socket);
    /** The next notice of this kind; those that say only that it lives come between. */
    const notice = async (state: string): Promise<Notice> => {
      for (;;) {
        const { value } = await lines.next();
        const found: Notice = JSON.parse(value);
        if (found.lines.includes(state)) return found;
        expect(found.lines[0]).toMatch(/^(WATCHDOG|BARRIER)=1$/);
      }
    };
    const server = await startServer({ env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '400000' } });
    expect(await notice('READY=1')).toEqual({
      lines: ['READY=1', `STATUS=listens on ${server.url}`],
      answer: 200,
    });
    await notice('WATCHDOG=1');
    await notice('WATCHDOG=1');
    const stopped = server.stop();
    expect((await notice('STOPPING=1')).lines).toContain('STATUS=SIGTERM: what runs is ended within 5 s');
    expect(await stopped).toBe(0);
    expect(server.log()).not.toContain('service manager');
  });

  test('a server is not alive to a service manager by a time limit that is meant for another process', async () => {
    const socket = join(await temporaryFolder(), 'notify');
    const lines = await receiver(socket);
    const server = await startServer({ env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' } });
    expect(JSON.parse((await lines.next()).value).lines).toContain('READY=1');
    await server.stop();
    const states: string[] = [];
    while (!states.includes('STOPPING=1')) states.push(...JSON.parse((await lines.next()).value).lines);
    expect(states).not.toContain('WATCHDOG=1');
  });

  test('without systemd-notify a server works, and its log says why the manager hears nothing', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'bin'));
    await symlink(process.execPath, join(folder, 'bin/node'));
    const server = await startServer({ env: { PATH: join(folder, 'bin'), NOTIFY_SOCKET: join(folder, 'none') } });
    onTestFinished(async () => void (await server.stop()));
    await eventually(() => server.log().includes('a unit of Type=notify needs systemd-notify on the PATH'));
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });
});
