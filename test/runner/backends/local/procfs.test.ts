import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import {
  isAlive,
  parseStat,
  readLastPid,
  readProcess,
  readProcesses,
  readProcessNow,
} from '../../../../src/runner/backends/local/procfs.ts';
import { exitOfStatus } from '../../../../src/runner/backends/shared/exitFile.ts';
import { fixture } from '../../../support/runs/localRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

const rest = '1 22 33 34816 22 4194304 1 0 0 0 0 0 0 0 20 0 3 0 12345 1 1 18446744073709551615';

test.each(['sh', 'a b', 'x) Z 9 9', ') (', '((a)', 'new\nline'])(
  'the name of a process may be anything: %j',
  (name) => {
    expect(parseStat(`4242 (${name}) S ${rest}`)).toEqual({
      pid: 4242,
      state: 'S',
      parent: 1,
      group: 22,
      session: 33,
      threads: 3,
      startTime: 12345,
    });
  },
);

test('a text that is no stat gives no process', () => {
  expect(parseStat('')).toBeNull();
  expect(parseStat('12 (sh')).toBeNull();
});

test('an ended process whose other threads run is alive', () => {
  const process = { pid: 2, state: 'Z', parent: 1, group: 2, session: 2, threads: 1, startTime: 1 };
  expect([isAlive(process), isAlive({ ...process, threads: 2 }), isAlive({ ...process, state: 'D' })]).toEqual([
    false,
    true,
    true,
  ]);
});

test('this process is found, and one that is not there is not', async () => {
  expect(await readProcess(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid });
  expect(await readProcess(2 ** 22 + 1)).toBeNull();
  expect((await readProcesses()).map(({ pid }) => pid)).toContain(process.pid);
});

test('the last pid changes when a process is born', async () => {
  const before = readLastPid();
  const child = spawn('true');
  await once(child, 'exit');
  expect(before).toBeGreaterThan(0);
  expect(readLastPid()).not.toBe(before);
});

test('a status above 128 is a signal only if there is one of that number', () => {
  expect([0, 127, 128, 137, 143, 200, 255].map(exitOfStatus)).toEqual([
    { kind: 'code', code: 0 },
    { kind: 'code', code: 127 },
    { kind: 'code', code: 128 },
    { kind: 'signal', signal: 'SIGKILL' },
    { kind: 'signal', signal: 'SIGTERM' },
    { kind: 'code', code: 200 },
    { kind: 'code', code: 255 },
  ]);
});

test('a process older than a run is not read again, and a younger one is', async () => {
  const child = spawn('sleep', ['600']);
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const { startTime } = (await readProcess(pid)) ?? { startTime: Number.NaN };
  const seen = async (since: number) => (await readProcesses(since)).find((process) => process.pid === pid);
  child.kill('SIGSTOP');
  await eventually(async () => (await seen(startTime))?.state === 'T');
  child.kill('SIGCONT');
  await eventually(() => readProcessNow(pid)?.state !== 'T');
  expect(await seen(startTime + 1)).toMatchObject({ startTime, state: 'T' });
  expect(await seen(startTime)).not.toMatchObject({ state: 'T' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await seen(startTime + 1)).toBeUndefined();
});

/** Only root may choose a pid, and only where it harms nobody. */
const namespace = ['--pid', '--fork', '--mount-proc'];
const canChoosePids = spawnSync('unshare', [...namespace, 'true']).status === 0;

test.runIf(canChoosePids)('a process with the pid of an earlier one is not taken for that', () => {
  const script = fixture('reuse-pid.ts');
  const { stdout, stderr } = spawnSync('unshare', [...namespace, process.execPath, script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  const { before, after } = JSON.parse(stdout);
  expect(after.pid).toBe(before.pid);
  expect(after.startTime).toBeGreaterThan(before.startTime);
});
