import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLocalBackend } from '../../../../src/runner/backends/local/backend.ts';
import { createMarks, isOneBeginning, markedWith, RUN_MARK } from '../../../../src/runner/backends/local/marks.ts';
import { type ProcessStat, readProcesses } from '../../../../src/runner/backends/local/procfs.ts';
import { fixture, launch, launchSpec, temporaryFolder, watchToExit } from '../../../support/runs/localRun.ts';
import { isRunning } from '../../../support/runs/processes.ts';
import { readyStarter } from '../../../support/runs/startedRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

/** Milliseconds: many looks. */
const LONG = 500;

/** A run that has ended, and left a helper that only its environment ties to it. */
async function escaped(how: 'fork' | 'fork-twice', ...program: string[]) {
  const file = join(await temporaryFolder(), 'pid');
  const backend = createLocalBackend();
  const spec = await launchSpec([fixture('escape'), file, how, ...program]);
  const handle = await launch(backend, spec);
  await watchToExit(backend, handle);
  await eventually(() => existsSync(file));
  return { backend, handle, spec, pid: Number(await readFile(file, 'utf8')) };
}

describe.each(['fork', 'fork-twice'] as const)('a helper with its own session and output (%s)', (how) => {
  test('a helper with its own session and output is of the run although its parent was gone before any look', async () => {
    const { handle, pid } = await escaped(how);
    // One that knows nothing but the handle, as after a restart.
    const next = createLocalBackend();
    const reports: string[] = [];
    const gone = new Promise<void>((resolve) => {
      next.watch(handle, ({ type }) => {
        reports.push(type);
        if (type === 'run.gone') resolve();
      });
    });
    await eventually(() => reports.length > 0);
    await setTimeout(LONG);
    expect(reports).toEqual(['run.exited']);
    expect(await isRunning(pid)).toBe(true);
    await next.stop(handle, 'kill');
    await gone;
    expect(await isRunning(pid)).toBe(false);
  });

  test('a helper with its own session and output holds the run until it ends by itself', async () => {
    const go = join(await temporaryFolder(), 'go');
    const waits = ['sh', '-c', 'while [ ! -e "$0" ]; do sleep 0.02; done', go];
    const { backend, handle, pid } = await escaped(how, ...waits);
    const gone = new Promise<boolean>((resolve) => {
      backend.watch(handle, async ({ type }) => {
        if (type === 'run.gone') resolve(await isRunning(pid));
      });
    });
    const early = await Promise.race([gone, setTimeout(LONG, 'held')]);
    expect(early).toBe('held');
    await writeFile(go, '');
    expect(await gone).toBe(false);
  });
});

test('a process that executes another program without the mark stays known', async () => {
  const go = join(await temporaryFolder(), 'go');
  const becomes = 'while [ ! -e "$0" ]; do sleep 0.02; done; exec env -i sleep 600';
  const { handle, backend, pid } = await escaped('fork', 'sh', '-c', becomes, go);
  onTestFinished(async () => void ((await isRunning(pid)) && process.kill(pid, 'SIGKILL')));
  const reports: string[] = [];
  backend.watch(handle, ({ type }) => reports.push(type));
  await eventually(() => reports.length > 0);
  await setTimeout(LONG);
  await writeFile(go, '');
  await eventually(async () => (await readFile(`/proc/${pid}/cmdline`, 'latin1')).startsWith('sleep'));
  expect(await readFile(`/proc/${pid}/environ`, 'latin1')).toBe('');
  await setTimeout(LONG);
  expect(reports).toEqual(['run.exited']);
});

test('while a process executes another program, it is not certain that none is left', async () => {
  const go = join(await temporaryFolder(), 'go');
  // Without any variable it looks like one that just begins.
  const becomes = 'while [ ! -e "$0" ]; do sleep 0.02; done; exec env -i sleep 600';
  const { pid } = await escaped('fork', 'sh', '-c', becomes, go);
  onTestFinished(() => void process.kill(pid, 'SIGKILL'));
  const look = async () => {
    const everyone = await readProcesses();
    const mine = everyone.filter((process) => process.pid === pid);
    return isOneBeginning(mine, await createMarks().read(mine, everyone));
  };
  expect(await look()).toBe(false);
  await writeFile(go, '');
  await eventually(async () => (await readFile(`/proc/${pid}/environ`, 'latin1')) === '');
  expect(await look()).toBe(true);
});

test('the mark of a run must match exactly', async () => {
  const { spec, pid } = await escaped('fork');
  const marks = createMarks();
  const everyone = await readProcesses();
  const found = async (mark: string) =>
    markedWith(mark, everyone, await marks.read(everyone, everyone)).map(({ pid }) => pid);
  expect(await found(spec.state)).toEqual([pid]);
  expect(await found(spec.state.slice(0, -1))).toEqual([]);
  expect(await found(`${spec.state}0`)).toEqual([]);
});

test('the environment that was read of a process is not read again, until its pid is of another', async () => {
  const go = join(await temporaryFolder(), 'go');
  const becomes = 'while [ ! -e "$0" ]; do sleep 0.02; done; exec env EVALD_RUN=other sleep 600';
  const { spec, pid } = await escaped('fork', 'sh', '-c', becomes, go);
  onTestFinished(() => void process.kill(pid, 'SIGKILL'));
  const marks = createMarks();
  const mine = (await readProcesses()).filter((process) => process.pid === pid);
  const find = async (processes: ProcessStat[]) =>
    markedWith(spec.state, processes, await marks.read(processes, processes));
  expect(await find(mine)).toHaveLength(1);
  await writeFile(go, '');
  await eventually(async () => (await readFile(`/proc/${pid}/environ`, 'latin1')).includes('=other'));
  expect(await find(mine)).toHaveLength(1);
  expect(await find(mine.map((process) => ({ ...process, startTime: process.startTime + 1 })))).toEqual([]);
});

test('a process that a waiting shell has become is of its run, also when it was looked at before it had the mark', async () => {
  const starter = await readyStarter();
  onTestFinished(() => starter.close());
  const go = join(await temporaryFolder(), 'go');
  const answer = await starter.start(
    `printf 'here\\n' >&3; while [ ! -e '${go}' ]; do sleep 0.02; done; export ${RUN_MARK}=mine; exec sleep 600\n`,
  );
  if (answer?.kind !== 'named') throw new Error('the shell has not answered');
  const { pid } = answer;
  onTestFinished(() => void process.kill(pid, 'SIGKILL'));
  const marks = createMarks();
  const marked = async () => {
    const everyone = await readProcesses();
    return markedWith('mine', everyone, await marks.read(everyone, everyone)).map((process) => process.pid);
  };
  expect(await marked()).toEqual([]);
  await writeFile(go, '');
  await eventually(async () => (await readFile(`/proc/${pid}/cmdline`, 'utf8')).startsWith('sleep'));
  expect(await marked()).toEqual([pid]);
});
