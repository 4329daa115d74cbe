import { closeSync, openSync } from 'node:fs';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { skipWithout, systemPython } from '../../../support/needs.ts';
import { launch, launchSpec, temporaryFolder, watchToEnd } from '../../../support/runs/localRun.ts';
import { tinyProgram, warmRuns } from '../../../support/runs/warmRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

beforeEach((context) => skipWithout(systemPython, context));

describe('a parent that is made ahead of runs', () => {
  test('the first run is warm when the parent was prepared, and is given what a cold one is', async () => {
    const runs = await warmRuns();
    await runs.settled();
    await runs.backend.warm?.prepare(runs.pythonWith());
    expect(await runs.state()).toMatchObject({ state: 'ready', warm: 0, cold: 0, parents: [{ module: 'evald_tiny' }] });
    const first = await runs.runToEnd(['world']);
    expect(first.isWarm).toBe(true);
    expect(JSON.parse(first.log)).toMatchObject({ value: 'first', leads: true });
  });

  test('a run that comes while the parent loads does not wait for it', async () => {
    const folder = await temporaryFolder();
    const held = join(folder, 'held');
    await writeFile(held, '');
    const runs = await warmRuns(`while os.path.exists(${JSON.stringify(held)}): time.sleep(0.02)`);
    await runs.settled();
    const prepared = runs.backend.warm?.prepare(runs.pythonWith());
    await eventually(async () => (await runs.state()).state === 'loading');
    expect((await runs.runToEnd(['exit', '3'])).reports).toMatchObject([{ exit: { code: 3 } }, {}]);
    expect(await runs.state()).toMatchObject({ state: 'loading', warm: 0, cold: 1 });
    await rm(held);
    await prepared;
    expect((await runs.runToEnd(['exit', '0'])).isWarm).toBe(true);
  });

  test('one that was let go because there were no runs is made again by a submission, before there is a run', async () => {
    const count = join(await temporaryFolder(), 'count');
    const more = `open(${JSON.stringify(count)}, "a").write(".")`;
    const runs = await warmRuns(more, { idle: 1 });
    await runs.settled();
    await runs.backend.warm?.prepare(runs.pythonWith());
    await eventually(async () => (await runs.state()).state === 'none');
    runs.backend.warm?.revive('another program');
    expect((await runs.state()).state).toBe('none');
    runs.backend.warm?.revive(tinyProgram(more));
    await eventually(async () => (await readFile(count, 'utf8')) === '..');
  });
});

describe('a parent beside a server', () => {
  test('one that cannot be started for want of descriptors ends no server, and is made when there are some again', async () => {
    const runs = await warmRuns();
    await runs.settled();
    const held: number[] = [];
    try {
      for (;;) held.push(openSync('/dev/null', 'r'));
    } catch (error) {
      expect(error).toMatchObject({ code: 'EMFILE' });
    }
    try {
      // As a run makes it: what it rejects with nothing handles.
      await runs.backend.warm?.prepare(runs.pythonWith());
    } finally {
      for (const descriptor of held) closeSync(descriptor);
    }
    expect(await runs.state()).toMatchObject({
      state: 'none',
      last_cold: expect.stringContaining('could not be started'),
    });
    await runs.backend.warm?.prepare(runs.pythonWith());
    expect((await runs.runToEnd(['exit', '0'])).isWarm).toBe(true);
  });

  test('what a parent prints after its imports, as a warning of its forks, is in no log of a run', async () => {
    const more = `global unfit
    parent = os.getpid()
    def unfit(): os.getpid() == parent and print("of the parent", file=sys.stderr)
    print("of the import", file=sys.stderr)`;
    const runs = await warmRuns(more);
    await runs.whenReady();
    const logOf = async () => {
      const { isWarm, log } = await runs.runToEnd(['exit', '0']);
      return [isWarm, log];
    };
    expect([await logOf(), await logOf()]).toEqual([
      [true, 'of the import\n'],
      [true, 'of the import\n'],
    ]);
  });
});

describe('parents of several kinds', () => {
  test('one of two that do not fit into the memory together is kept: the other one is not made again and again', async () => {
    let time = 0;
    const runs = await warmRuns(undefined, { now: () => time });
    await runs.whenReady();
    const { memory_bytes: one } = await runs.state();
    runs.backend.close?.();
    const next = await warmRuns(undefined, { memory: Math.floor((one ?? 0) * 1.5), now: () => time });
    await next.settled();
    const states = async () => (await next.state()).parents.map(({ state }) => state);
    await next.backend.warm?.prepare(next.pythonWith());
    expect(await states()).toEqual(['ready']);
    time += 1;
    const other = { HF_HOME: '/other' };
    await next.backend.warm?.prepare(next.pythonWith(other));
    // The one that was used longest ago has made room.
    expect(await states()).toEqual(['none', 'ready']);
    expect((await next.runToEnd(['exit', '0'], other)).isWarm).toBe(true);
    // It does not take it back while the other is in use: each run would make a parent for nothing.
    expect((await next.runToEnd(['exit', '0'])).isWarm).toBe(false);
    await eventually(async () => (await next.state()).last_cold?.includes('--warm-memory'));
    expect(await states()).toEqual(['ready', 'none']);
    time += 600_000;
    expect((await next.runToEnd(['exit', '0'])).isWarm).toBe(false);
    await eventually(async () => (await next.state()).state === 'ready');
    expect(await states()).toEqual(['none', 'ready']);
    expect((await next.runToEnd(['exit', '0'])).isWarm).toBe(true);
    const total = await next.state();
    expect(total).toMatchObject({ warm: 2, cold: 2 });
    expect(total.memory_bytes).toBe(total.parents[1]?.memory_bytes);
  });
});

describe('a parent that there cannot be', () => {
  test('a Python that is a script is not started to find out that nothing can be forked from it', async () => {
    const runs = await warmRuns();
    const folder = await temporaryFolder();
    const script = join(folder, 'python');
    await writeFile(script, `#!/bin/sh\necho "$1" >>${folder}/started\nexec python3 "$@"\n`, { mode: 0o755 });
    await runs.backend.warm?.prepare({ ...runs.pythonWith(), python: script });
    for (const code of [3, 4]) {
      const { env } = runs.pythonWith();
      const spec = await launchSpec([script, '-m', 'evald_tiny', 'exit', String(code)], { ...env });
      const handle = await launch(runs.backend, { ...spec, warm: tinyProgram() });
      await watchToEnd(runs.backend, handle);
      expect(handle['warm']).toBeUndefined();
    }
    expect(await readFile(join(folder, 'started'), 'utf8')).toBe('-m\n-m\n');
    expect(runs.problems).toEqual([expect.stringContaining('is a script')]);
    expect(await runs.state()).toMatchObject({ state: 'failed', warm: 0, cold: 2 });
  });

  test('one that lacks a module is tried again when that was installed, and is said to fail once', async () => {
    const runs = await warmRuns('import evald_late');
    await runs.whenReady();
    expect(await runs.state()).toMatchObject({ state: 'failed', reason: expect.stringContaining('evald_late') });
    await runs.runToEnd(['exit', '0']);
    expect(runs.problems).toHaveLength(1);
    await writeFile(runs.file('evald_late.py'), '');
    await eventually(async () => {
      const { isWarm } = await runs.runToEnd(['exit', '0']);
      return isWarm;
    });
    expect(runs.problems).toHaveLength(1);
    expect(await runs.state()).toMatchObject({ state: 'ready', reason: null });
  });

  test('one that failed is tried again after an hour, and before that no process is started for it', async () => {
    let time = 0;
    const count = join(await temporaryFolder(), 'count');
    const lines = async () => (await readFile(count, 'utf8')).length;
    const runs = await warmRuns(`open(${JSON.stringify(count)}, "a").write("."); raise RuntimeError("not today")`, {
      now: () => time,
    });
    await runs.whenReady();
    expect(await lines()).toBe(1);
    time = 3_599_000;
    await runs.runToEnd(['exit', '0']);
    await runs.runToEnd(['exit', '0']);
    expect(await lines()).toBe(1);
    time = 3_601_000;
    await runs.runToEnd(['exit', '0']);
    await eventually(async () => (await lines()) === 2);
    await eventually(async () => (await runs.state()).state === 'failed');
    expect(runs.problems).toHaveLength(1);
  });

  test('a parent that has opened a device since it was made is not forked, and the run starts cold', async () => {
    const runs = await warmRuns();
    await runs.whenReady();
    expect((await runs.runToEnd(['exit', '0'])).isWarm).toBe(true);
    await writeFile(runs.file('open-a-device'), '');
    expect((await runs.runToEnd(['exit', '0'])).isWarm).toBe(false);
    expect((await runs.state()).last_cold).toBe('the parent holds /dev/full');
  });
});

describe('a question to a parent', () => {
  test('is answered by a child that changes nothing of the parent, whatever its length, and by none that fails', async () => {
    const runs = await warmRuns();
    const ask = async (what: string) => runs.backend.warm?.ask(runs.pythonWith(), { what });
    // There is no parent, and none is made for that.
    expect(await ask('value')).toBeNull();
    await runs.settled();
    const prepared = runs.backend.warm?.prepare(runs.pythonWith());
    // It waits for one that is being made.
    expect(await ask('value')).toBe('first');
    await prepared;
    expect(await Promise.all(['change', 'value', 'fail', 'much'].map(ask))).toEqual([
      null,
      'first',
      null,
      Array.from({ length: 1_000 }, () => 'é"'.repeat(100)),
    ]);
    const run = await runs.runToEnd(['world']);
    expect(run.isWarm).toBe(true);
    expect(JSON.parse(run.log).value).toBe('first');
  });

  test('is not answered by one that is outdated', async () => {
    const runs = await warmRuns();
    await runs.settled();
    await runs.backend.warm?.prepare(runs.pythonWith());
    await appendFile(runs.file('evald_tiny/helper.py'), 'VALUE = "edited"\n');
    expect(await runs.backend.warm?.ask(runs.pythonWith(), { what: 'value' })).toBeNull();
    expect((await runs.state()).last_cold).toContain('changed');
  });

  test('of one that ends meanwhile has no answer, and a run that goes on has its exit code', async () => {
    const runs = await warmRuns();
    await runs.whenReady();
    const holding = await runs.start(['hold']);
    expect(await runs.backend.warm?.ask(runs.pythonWith(), { what: 'value' })).toBe('first');
    const end = watchToEnd(runs.backend, holding.handle);
    await runs.backend.stop(holding.handle, 'kill');
    expect(await end).toMatchObject([{ exit: { signal: 'SIGKILL' } }, {}]);
  });
});
