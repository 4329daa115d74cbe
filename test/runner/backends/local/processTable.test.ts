import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { SimulatedClock } from 'xstate';
import { createLocalBackend } from '../../../../src/runner/backends/local/backend.ts';
import { createProcessTable } from '../../../../src/runner/backends/local/processTable.ts';
import { readProcess, readProcesses } from '../../../../src/runner/backends/local/procfs.ts';
import { launch, launchSpec } from '../../../support/runs/localRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

/** The process table of this machine, in a time that passes when the test says so, with how often it was read. */
function counted() {
  const clock = new SimulatedClock();
  let reads = 0;
  let isFailing = false;
  const table = createProcessTable({
    time: {
      setTimeout: (callback, milliseconds) => clock.setTimeout(callback, milliseconds),
      clearTimeout: (id) => clock.clearTimeout(id as never),
    },
    now: () => clock.now(),
    read: async (since) => {
      reads += 1;
      if (isFailing) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      return readProcesses(since);
    },
  });
  // How many looks were heard of: what is under way is waited for before time goes on.
  let heard = 0;
  table.watch(0, 100, () => {
    heard += 1;
  });
  const pass = async (milliseconds: number) => {
    for (const end = clock.now() + milliseconds; clock.now() < end; ) {
      clock.increment(50);
      await setImmediate();
      await eventually(() => isFailing || heard === reads);
    }
  };
  const fail = (failing: boolean) => {
    // What failed was heard by none.
    heard = reads;
    isFailing = failing;
  };
  return { table, pass, reads: () => reads, fail };
}

test.each([1, 50])('the process table is read thirty times a minute while runs go on, for %i of them', async (runs) => {
  const { table, pass, reads } = counted();
  const looks = Array.from({ length: runs }, () => 0);
  for (const run of looks.keys()) {
    table.watch(0, 100, ({ processes }) => {
      if (processes.some(({ pid }) => pid === process.ppid)) looks[run] = (looks[run] ?? 0) + 1;
    });
  }
  await pass(60_000);
  expect(reads()).toBe(30);
  expect(looks.every((count) => count === 30)).toBe(true);
});

test('a minute of twenty real runs reads the process table thirty times, and none of them is taken for ended', async () => {
  const { table, pass, reads } = counted();
  const backend = createLocalBackend(null, null, table);
  const ended: string[] = [];
  for (let run = 0; run < 20; run++) {
    const handle = await launch(backend, await launchSpec(['sleep', '600']));
    const end = backend.watch(handle, ({ type }) => type !== 'run.placed' && ended.push(type));
    onTestFinished(end);
  }
  const before = reads();
  await pass(60_000);
  expect(reads() - before).toBe(30);
  expect(ended).toEqual([]);
});

test('looks that are asked for at once are one, and each begins after it was asked for', async () => {
  const { table, reads } = counted();
  const first = await Promise.all(Array.from({ length: 50 }, () => table.look(0)));
  expect(new Set(first).size).toBe(1);
  expect(reads()).toBe(1);
  const under = table.look(0);
  await setImmediate();
  const child = spawn('sleep', ['600']);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const later = table.look(0);
  expect((await later).processes.map(({ pid }) => pid)).toContain(child.pid);
  expect(await under).not.toBe(await later);
});

test('a look sees a process that was born while it was taken as no quiet moment', async () => {
  const born = async (since?: number) => {
    const child = spawn('true');
    await once(child, 'exit');
    return readProcesses(since);
  };
  expect((await createProcessTable({ read: born }).look(0)).isStill).toBe(false);
});

test('looks go on when the process table could not be read for a while', async () => {
  const { table, pass, fail } = counted();
  let heard = 0;
  table.watch(0, 100, () => {
    heard += 1;
  });
  fail(true);
  await pass(5_000);
  expect(heard).toBe(0);
  await expect(table.look(0)).rejects.toThrow('too many open files');
  fail(false);
  await pass(5_000);
  expect(heard).toBeGreaterThan(1);
});

test('the end of a process that nothing reports is noticed within a quarter of a second, also before it is reaped', async () => {
  const { table, pass } = counted();
  // Its parent never reaps it.
  const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [said] = await once(parent.stdout, 'data');
  const named = await readProcess(Number(said));
  if (named === null) throw new Error('it is not there');
  let ends = 0;
  onTestFinished(
    table.watchEnd(named, () => {
      ends += 1;
    }),
  );
  await pass(1_000);
  expect(ends).toBe(0);
  process.kill(named.pid, 'SIGKILL');
  await eventually(async () => (await readProcess(named.pid))?.state === 'Z');
  await pass(250);
  expect(ends).toBe(1);
});
