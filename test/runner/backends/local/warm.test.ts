import { appendFile, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { createLocalBackend } from '../../../../src/runner/backends/local/backend.ts';
import { claimStart } from '../../../../src/runner/backends/shared/claim.ts';
import { readExit } from '../../../../src/runner/backends/shared/exitFile.ts';
import { skipWithout, systemPython } from '../../../support/needs.ts';
import { launch, watchToEnd } from '../../../support/runs/localRun.ts';
import { isRunning, warmParentsOf } from '../../../support/runs/processes.ts';
import { type WarmRuns, warmRuns } from '../../../support/runs/warmRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

beforeEach((context) => skipWithout(systemPython, context));

async function parentPid(): Promise<number> {
  const [pid] = await warmParentsOf(process.pid);
  if (pid === undefined) throw new Error('there is no parent');
  return pid;
}

async function held(runs: WarmRuns) {
  const run = await runs.start(['hold']);
  const line = await eventually(async () =>
    /ready (\d+) (\d+)/.exec(await readFile(run.spec.log, 'utf8').catch(() => '')),
  );
  return { ...run, pids: [Number(line[1]), Number(line[2])] };
}

describe('a warm start', () => {
  test('a warm run is given the same as a cold one: arguments, variables, descriptors, signals, session, folder', async () => {
    const runs = await warmRuns();
    await runs.settled();
    const cold = await runs.runToEnd(['world', 'a b', '$(id)']);
    await eventually(async () => (await runs.state()).state === 'ready');
    const warm = await runs.runToEnd(['world', 'a b', '$(id)']);
    expect([cold.isWarm, warm.isWarm]).toEqual([false, true]);
    const said = (run: typeof cold) =>
      JSON.parse(run.log.replaceAll(run.spec.state, 'STATE').replaceAll(run.spec.log, 'LOG'));
    expect(said(warm)).toEqual(said(cold));
    expect(said(warm)).toMatchObject({ leads: true, name: '__main__', environ: { EVALD_RUN: 'STATE' } });
    expect(warm.reports).toEqual(cold.reports);
    expect((await readdir(warm.spec.state)).toSorted()).toEqual((await readdir(cold.spec.state)).toSorted());
    expect(await runs.state()).toMatchObject({ state: 'ready', warm: 1, cold: 1, reason: null, last_cold: null });
  });

  test('a warm run ends with its own exit code, also by a signal, and writes it', async () => {
    const runs = await warmRuns();
    await runs.whenReady();
    const three = await runs.runToEnd(['exit', '3']);
    expect(three).toMatchObject({ isWarm: true, reports: [{ exit: { kind: 'code', code: 3 } }, { type: 'run.gone' }] });
    const holding = await held(runs);
    for (const pid of holding.pids) process.kill(pid, 'SIGKILL');
    await watchToEnd(runs.backend, holding.handle);
    expect((await readExit(holding.spec.state))?.exit).toEqual({ kind: 'signal', signal: 'SIGKILL' });
  });

  test.each(['terminate', 'kill'] as const)(
    'to %s a warm run ends all of it, also what has left its session',
    async (how) => {
      const runs = await warmRuns();
      await runs.whenReady();
      const { handle, pids, isWarm } = await held(runs);
      expect(isWarm).toBe(true);
      await runs.backend.stop(handle, how);
      await watchToEnd(runs.backend, handle);
      expect(await Promise.all(pids.map(isRunning))).toEqual([false, false]);
    },
  );

  test('a warm run outlives its parent and its server, is found again by its handle, and its exit code is known', async () => {
    const runs = await warmRuns();
    await runs.whenReady();
    const { handle, pids, spec } = await held(runs);
    const parent = await parentPid();
    runs.backend.close?.();
    await eventually(async () => !(await isRunning(parent)));
    expect(await isRunning(pids[0] ?? 0)).toBe(true);
    const next = createLocalBackend();
    expect(await next.recover(spec.state)).toMatchObject({ pid: handle['pid'], startTime: handle['startTime'] });
    const end = watchToEnd(next, handle);
    await next.stop(handle, 'terminate');
    expect(await end).toEqual([
      { type: 'run.exited', exit: { kind: 'signal', signal: 'SIGTERM' } },
      { type: 'run.gone' },
    ]);
    // The server that started it hears the same, though its parent can report nothing any more.
    expect(await watchToEnd(runs.backend, handle)).toEqual(await watchToEnd(next, handle));
  });

  test('a run whose start is claimed by another server is not started', async () => {
    const runs = await warmRuns();
    await runs.whenReady();
    const spec = await runs.specOf(['world']);
    expect(await claimStart(spec.state)).toBe(true);
    await expect(runs.backend.launch(spec)).rejects.toThrow('claimed');
    expect(await readFile(spec.log, 'utf8')).toBe('');
  });
});

describe('a parent that may be outdated', () => {
  test.each([
    [
      'a module is edited',
      async ({ file }: WarmRuns) => writeFile(file('evald_tiny/helper.py'), 'VALUE = "other"\n'),
      'other',
    ],
    [
      'the metadata of a package change',
      async ({ file }: WarmRuns) => appendFile(file('tiny-1.0.dist-info/METADATA'), 'x: y\n'),
      'first',
    ],
    ['a package is installed', async ({ file }: WarmRuns) => writeFile(file('another.py'), ''), 'first'],
  ])('when %s the next run starts cold and has it, and a later one is warm again', async (_, edit, value) => {
    const runs = await warmRuns();
    await runs.whenReady();
    await edit(runs);
    const next = await runs.runToEnd(['world']);
    expect(next.isWarm).toBe(false);
    expect(JSON.parse(next.log).value).toBe(value);
    expect((await runs.state()).last_cold).toContain('changed');
    await runs.settled();
    const later = await eventually(async () => {
      const run = await runs.runToEnd(['world']);
      await eventually(async () => (await runs.state()).state !== 'loading');
      return run.isWarm && run;
    });
    expect(JSON.parse(later.log).value).toBe(value);
  });

  test('a run of another module than the parent has loaded starts cold, and is that module', async () => {
    const runs = await warmRuns();
    await runs.whenReady();
    const spec = await runs.specOf([]);
    const handle = await launch(runs.backend, { ...spec, command: [spec.command[0], '-m', 'platform'] });
    await watchToEnd(runs.backend, handle);
    expect(await readFile(spec.log, 'utf8')).toMatch(/^Linux-/);
    expect(await runs.state()).toMatchObject({ warm: 0, last_cold: expect.stringContaining('another program') });
    expect((await runs.runToEnd(['exit', '0'])).isWarm).toBe(true);
  });

  test('a run with another variable has it, from a parent of its own that the first such run makes', async () => {
    const runs = await warmRuns();
    await runs.whenReady();
    const other = await runs.runToEnd(['world'], { HF_HOME: '/other' });
    expect(other.isWarm).toBe(false);
    expect(JSON.parse(other.log).environ.HF_HOME).toBe('/other');
    await eventually(async () => (await runs.state()).state === 'ready');
    const next = await runs.runToEnd(['world'], { HF_HOME: '/other' });
    expect(next.isWarm).toBe(true);
    expect(JSON.parse(next.log)).toMatchObject({ environ: { HF_HOME: '/other' }, value: 'first' });
    const first = await runs.runToEnd(['world']);
    expect(first.isWarm).toBe(true);
    expect(JSON.parse(first.log).environ).not.toHaveProperty('HF_HOME');
    expect((await runs.state()).parents).toMatchObject([
      { module: 'evald_tiny', state: 'ready', warm: 1, cold: 1 },
      { module: 'evald_tiny', state: 'ready', warm: 1, cold: 1 },
    ]);
  });

  test.each([
    [
      'a thread of Python',
      'import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()',
      'threads',
    ],
    ['a device', 'global held; held = open("/dev/full")', '/dev/full'],
    ['an import that fails', 'import evald_nosuch', 'evald_nosuch'],
  ])('a parent with %s is never forked, which is logged once, and runs start cold', async (_, more, reason) => {
    const runs = await warmRuns(more);
    await runs.whenReady();
    expect([(await runs.runToEnd(['exit', '0'])).isWarm, (await runs.runToEnd(['exit', '0'])).isWarm]).toEqual([
      false,
      false,
    ]);
    expect(runs.problems).toEqual([expect.stringContaining(reason)]);
    expect(await runs.state()).toMatchObject({ state: 'failed', memory_bytes: null, warm: 0, cold: 3 });
  });

  test('a parent that takes more memory than it may is ended, and runs start cold', async () => {
    const runs = await warmRuns(undefined, { memory: 2 ** 20 });
    await runs.whenReady();
    expect((await runs.runToEnd(['exit', '0'])).isWarm).toBe(false);
    expect(runs.problems).toEqual([expect.stringContaining('--warm-memory')]);
  });

  test('a parent is let go when there were no runs for a while, and the next run makes another one', async () => {
    const runs = await warmRuns(undefined, { idle: 1 });
    await runs.settled();
    await runs.runToEnd(['exit', '0']);
    await eventually(async () => (await runs.state()).state === 'none');
    expect((await runs.runToEnd(['exit', '0'])).reports).toMatchObject([{ exit: { code: 0 } }, {}]);
  });
});

describe('a parent that is killed', () => {
  /** At the start line of each: before it is asked, while it forks, once the run goes. */
  test.each([0, 1, 3, 10, 30])('loses and doubles no run when it is killed %i ms after it was asked', async (after) => {
    const runs = await warmRuns();
    await runs.whenReady();
    const parent = await parentPid();
    const spec = await runs.specOf(['world']);
    const launching = runs.backend.launch(spec).catch((error: unknown) => error);
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, after);
    await promise;
    process.kill(parent, 'SIGKILL');
    const handle = await launching;
    if (handle instanceof Error) {
      // Its start was claimed by a launcher that never came to start anything: nothing runs, and the job is launched again.
      expect(handle).toMatchObject({ name: 'UnavailableError' });
      expect(await readFile(spec.log, 'utf8')).toBe('');
      return;
    }
    const reports = await watchToEnd(runs.backend, handle as Record<string, string>);
    expect(reports).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 0 } }, { type: 'run.gone' }]);
    expect((await readFile(spec.log, 'utf8')).trim().split('\n')).toHaveLength(1);
  });

  test('loses no run that goes on', async () => {
    const runs = await warmRuns();
    await runs.whenReady();
    const { handle, pids, spec } = await held(runs);
    process.kill(await parentPid(), 'SIGKILL');
    expect(await readlink(`/proc/${pids[0]}/fd/1`)).toBe(spec.log);
    await runs.backend.stop(handle, 'kill');
    await watchToEnd(runs.backend, handle);
    expect((await runs.runToEnd(['exit', '5'])).reports).toMatchObject([{ exit: { code: 5 } }, {}]);
  });
});
