import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { isAlive, readProcess } from '../../../../src/runner/backends/local/procfs.ts';
import { passedEnvironment } from '../../../../src/runner/environment.ts';
import {
  canImport,
  listModels,
  listTasks,
  lmmsEvalVersion,
  rememberedVersion,
} from '../../../../src/runner/harnesses/lmmsEval/catalog.ts';
import { callPython } from '../../../../src/runner/python/pythonCall.ts';
import { skipWithout, systemPython } from '../../../support/needs.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

beforeEach((context) => skipWithout(systemPython, context));

const usual = passedEnvironment(process.env, []);

/** A folder that Python takes for lmms_eval. Returns the environment in which it does. */
async function fakePackage(init: string): Promise<{ python: string; env: Record<string, string> }> {
  const folder = await temporaryFolder();
  for (const module of ['lmms_eval', 'lmms_eval/tasks', 'lmms_eval/models', 'torch', 'accelerate', 'datasets']) {
    await mkdir(join(folder, module), { recursive: true });
    await writeFile(join(folder, module, '__init__.py'), '');
  }
  await writeFile(join(folder, 'lmms_eval', '__main__.py'), '');
  await writeFile(join(folder, 'lmms_eval', 'tasks', '__init__.py'), init);
  await writeFile(join(folder, 'lmms_eval', 'models', '__init__.py'), 'list_available_models = lambda: ["m"]\n');
  return { python: 'python3', env: { ...usual, PYTHONPATH: folder } };
}

const MANAGER = `
import os, sys
print('a stray line')
os.write(1, b'and another'); os.write(2, b'on both')
class TaskManager:
    def __init__(self, include_path=None):
        self.all_tasks = ['b', 'a', str(include_path)]
`;

test('names come through whatever the library prints', async () => {
  const settings = await fakePackage(MANAGER);
  expect(await listTasks(settings, null)).toEqual(['None', 'a', 'b']);
  expect(await listTasks(settings, '/my tasks')).toEqual(['/my tasks', 'a', 'b']);
  expect(await listModels(settings)).toEqual(['m']);
});

test('a version that is another one by now is known at once, though it is remembered', async () => {
  const settings = await fakePackage('');
  const said = join(settings.env['PYTHONPATH'] ?? '', 'lmms_eval-1.dist-info');
  await mkdir(said);
  const write = (version: string) => writeFile(join(said, 'METADATA'), `Name: lmms_eval\nVersion: ${version}\n`);
  const version = rememberedVersion(settings);
  await write('1');
  expect(await version()).toBe('1');
  await write('2');
  expect(await version()).toBe('2');
  await rm(said, { recursive: true });
  expect(await version()).toBeNull();
});

test('a failure is reported with the last line of the traceback', async () => {
  const settings = await fakePackage('raise RuntimeError("no tasks today")');
  await expect(listTasks(settings, null)).rejects.toThrow('RuntimeError: no tasks today');
  await expect(listTasks(await fakePackage('import os; os._exit(3)'), null)).rejects.toThrow('ended with exit code 3');
  await expect(listTasks({ python: 'no-such-python', env: {} }, null)).rejects.toThrow('--python');
});

test('a Python is asked whether it can run lmms-eval', async () => {
  const settings = await fakePackage('');
  expect(await canImport(settings)).toBe(true);
  expect(await lmmsEvalVersion(settings)).toBeNull();
  expect(await canImport({ ...settings, env: { ...usual, PYTHONPATH: '' } })).toBe(false);
  expect(await canImport({ python: 'no-such-python', env: usual })).toBe(false);
  const folder = await temporaryFolder();
  const broken = join(folder, 'python');
  await writeFile(broken, '#!/bin/sh\nexit 1\n');
  await chmod(broken, 0o755);
  expect(await canImport({ python: broken, env: usual })).toBe(false);
});

test('a call that takes too long is ended, and so is what it started', async () => {
  const pidsFile = join(await temporaryFolder(), 'pids');
  const program = `
import subprocess, time
child = subprocess.Popen(["sleep", "600"])
open(sys.argv[1] + ".new", "w").write(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
`;
  // A machine may take longer than the limit to begin with the program.
  for (let timeout = 1_000; !existsSync(pidsFile); timeout *= 2) {
    const call = callPython({ python: 'python3', env: usual, program, args: [pidsFile], timeout });
    await expect(call).rejects.toThrow('was ended by SIGKILL');
  }
  const pids = (await readFile(pidsFile, 'utf8')).split(' ').map(Number);
  await eventually(async () => {
    const processes = await Promise.all(pids.map(readProcess));
    return processes.every((process) => process === null || !isAlive(process));
  });
});

test('an answer without end is cut short', async () => {
  const program = 'while True: os.write(3, b"x" * 65536)';
  const call = callPython({
    python: 'python3',
    env: usual,
    program,
    args: [],
    timeout: 60_000,
  });
  await expect(call).rejects.toThrow('python3 answered more than 16 MiB');
});
