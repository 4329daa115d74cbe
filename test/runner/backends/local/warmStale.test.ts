import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { skipWithout, systemPython } from '../../../support/needs.ts';
import { plainPython } from '../../../support/runs/countedRuns.ts';
import { temporaryFolder, watchToEnd } from '../../../support/runs/localRun.ts';
import { isRunning, warmParentsOf } from '../../../support/runs/processes.ts';
import { warmRuns } from '../../../support/runs/warmRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

beforeEach((context) => skipWithout(systemPython, context));

const run = promisify(execFile);

describe('what a parent was made of', () => {
  test.each([
    ['HF_HOME', 'TRANSFORMERS_CACHE', 'CUDA_MODULE_LOADING', 'OMP_NUM_THREADS', 'LMMS_EVAL_PLUGINS'],
    ['PYTHONHASHSEED', 'PYTHONPATH', 'LD_LIBRARY_PATH', 'PATH', 'A_VARIABLE_OF_ANOTHER_NAME'],
  ])('a run with another value of %s, %s, %s, %s or %s than its parent starts cold, and has it', async (...names) => {
    const runs = await warmRuns();
    await runs.whenReady();
    for (const name of names) {
      const { env } = await runs.specOf([]);
      const value = name === 'PYTHONHASHSEED' ? '1' : `${env[name] ?? ''}:/nosuch`;
      const other = await runs.runToEnd(['world'], { [name]: value });
      expect.soft([name, other.isWarm, JSON.parse(other.log).environ[name]]).toEqual([name, false, value]);
    }
    expect((await runs.runToEnd(['world'])).isWarm).toBe(true);
  });

  test('a run of another Python starts cold and has it, and a later one is warm by a parent of that Python', async () => {
    const runs = await warmRuns();
    await runs.whenReady();
    await run(plainPython(), ['-m', 'venv', '--without-pip', runs.file('other')]);
    const python = runs.file('other/bin/python');
    const other = await runs.runToEnd(['world'], {}, { python });
    expect([other.isWarm, JSON.parse(other.log).executable]).toEqual([false, python]);
    const later = await eventually(async () => {
      const next = await runs.runToEnd(['world'], {}, { python });
      return next.isWarm && next;
    });
    expect(JSON.parse(later.log).executable).toBe(python);
  });

  test('a file that a module reads when it is imported is edited: the next run starts cold and has it', async () => {
    const runs = await warmRuns();
    await writeFile(runs.file('settings.json'), '{"value": "first"}');
    await writeFile(
      runs.file('evald_tiny/helper.py'),
      `import json\nwith open(${JSON.stringify(runs.file('settings.json'))}) as file: VALUE = json.load(file)["value"]\n`,
    );
    await runs.whenReady();
    expect((await runs.runToEnd(['world'])).isWarm).toBe(true);
    await writeFile(runs.file('settings.json'), '{"value": "other"}');
    const next = await runs.runToEnd(['world']);
    expect([next.isWarm, JSON.parse(next.log).value]).toEqual([false, 'other']);
    expect((await runs.state()).last_cold).toContain('settings.json');
  });

  test('modules that a user installs for the first time are found by the next run', async () => {
    const runs = await warmRuns();
    const variables = { PYTHONUSERBASE: join(await temporaryFolder(), 'user') };
    await runs.whenReady(['exit', '0'], variables);
    expect((await runs.runToEnd(['world'], variables)).isWarm).toBe(true);
    const { stdout } = await run(plainPython(), ['-m', 'site', '--user-site'], {
      env: { ...process.env, ...variables },
    });
    await mkdir(stdout.trim(), { recursive: true });
    const next = await runs.runToEnd(['world'], variables);
    expect([next.isWarm, JSON.parse(next.log).path]).toEqual([false, expect.arrayContaining([stdout.trim()])]);
  });

  test('modules that read their arguments when they are imported are never forked, and have those of each run', async () => {
    const runs = await warmRuns();
    await writeFile(runs.file('evald_tiny/helper.py'), 'import sys\nVALUE = sys.argv[1:]\n');
    await runs.whenReady();
    const next = await runs.runToEnd(['world', 'own']);
    expect([next.isWarm, JSON.parse(next.log).value]).toEqual([false, ['world', 'own']]);
    expect(runs.problems).toEqual([expect.stringContaining('arguments')]);
  });

  test.each([
    ['a process', 'import subprocess; subprocess.Popen(["sleep", "600"])', 'processes'],
    ['an open file', 'global held; held = open("/proc/self/status")', '/status'],
    ['a connection', 'global held; import socket; held = socket.socketpair()', 'socket'],
  ])('a parent with %s of an import is never forked: runs would share it', async (_, more, reason) => {
    const runs = await warmRuns(more);
    await runs.whenReady();
    expect((await runs.runToEnd(['exit', '0'])).isWarm).toBe(false);
    expect(runs.problems).toEqual([expect.stringContaining(reason)]);
  });

  test('a process that an import began ends with the parent that is not forked for it', async () => {
    const name = `600.${process.pid}`;
    const runs = await warmRuns(`import subprocess; subprocess.Popen(["sleep", "${name}"])`);
    await runs.whenReady();
    expect(runs.problems).toHaveLength(1);
    await eventually(async () =>
      (await run('ps', ['-eo', 'args'])).stdout.split('\n').every((line) => line !== `sleep ${name}`),
    );
  });

  test('a run starts cold where the server has other limits than when the parent was made, and has them', async () => {
    const runs = await warmRuns();
    await runs.whenReady();
    const limit = async () =>
      (
        await run('prlimit', ['--pid', String(process.pid), '--core', '--output', 'SOFT', '--noheadings', '--raw'])
      ).stdout.trim();
    const before = await limit();
    const set = (soft: string) => run('prlimit', ['--pid', String(process.pid), `--core=${soft}:`]);
    onTestFinished(async () => {
      await set(before);
    });
    await set(before === '0' ? '4096' : '0');
    expect((await runs.runToEnd(['world'])).isWarm).toBe(false);
    expect((await runs.state()).last_cold).toContain('limits');
  });
});

test('a run starts cold where the server shares the processors by another policy than when the parent was made, and has it', async () => {
  const runs = await warmRuns();
  await runs.whenReady();
  await run('chrt', ['--batch', '--pid', '0', String(process.pid)]);
  onTestFinished(async () => {
    await run('chrt', ['--other', '--pid', '0', String(process.pid)]);
  });
  const { handle, isWarm } = await runs.start(['hold']);
  expect(isWarm).toBe(false);
  expect((await run('chrt', ['--pid', String(handle['pid'])])).stdout).toContain('SCHED_BATCH');
});

describe('a parent that hangs', () => {
  test('keeps no run from its end: it is seen by the launcher, which is gone', async () => {
    const runs = await warmRuns();
    await runs.whenReady();
    const { handle, spec } = await runs.start(['hold']);
    const [, pid] = await eventually(async () => /ready (\d+)/.exec(await readFile(spec.log, 'utf8').catch(() => '')));
    const [parent] = await warmParentsOf(process.pid);
    process.kill(Number(parent), 'SIGSTOP');
    await runs.backend.stop(handle, 'terminate');
    await eventually(async () => !(await isRunning(Number(pid))));
    expect(await watchToEnd(runs.backend, handle)).toEqual([
      { type: 'run.exited', exit: { kind: 'signal', signal: 'SIGTERM' } },
      { type: 'run.gone' },
    ]);
  });
});
