import { spawn } from 'node:child_process';
import { pbkdf2 } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { RunHandle } from '../../../../src/machines/ports/runner.ts';
import { createLocalBackend } from '../../../../src/runner/backends/local/backend.ts';
import { readHandle, recoverHandle } from '../../../../src/runner/backends/local/handle.ts';
import { LAUNCHER_SCRIPT } from '../../../../src/runner/backends/local/launcher.ts';
import { isAlive, readProcess } from '../../../../src/runner/backends/local/procfs.ts';
import { claimStart } from '../../../../src/runner/backends/shared/claim.ts';
import { readExit } from '../../../../src/runner/backends/shared/exitFile.ts';
import {
  fixture,
  launch,
  launchSpec,
  oneGpu,
  temporaryFolder,
  watchToEnd,
  watchToExit,
} from '../../../support/runs/localRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

async function ready(log: string): Promise<void> {
  await eventually(() => existsSync(log) && readFileSync(log, 'utf8').includes('ready'));
}

async function areAlive(pids: number[]): Promise<boolean[]> {
  return Promise.all(
    pids.map(async (pid) => {
      const process = await readProcess(pid);
      return process !== null && isAlive(process);
    }),
  );
}

async function holding(...words: string[]) {
  const backend = createLocalBackend();
  const file = join(await temporaryFolder(), 'pids');
  const spec = await launchSpec([fixture('fork-and-hold'), file, ...words]);
  const handle = await launch(backend, spec);
  await ready(spec.log);
  const pids = (await readFile(file, 'utf8')).trim().split(' ').map(Number);
  return { backend, handle, pids, spec };
}

test.each([
  [['true'], { kind: 'code', code: 0 }],
  [[fixture('exit-3')], { kind: 'code', code: 3 }],
  [['sh', '-c', 'exit 255'], { kind: 'code', code: 255 }],
  [['sh', '-c', 'kill -KILL $$'], { kind: 'signal', signal: 'SIGKILL' }],
  [['sh', '-c', 'kill -TERM $$'], { kind: 'signal', signal: 'SIGTERM' }],
  [['sh', '-c', 'kill -INT $$'], { kind: 'signal', signal: 'SIGINT' }],
  [['sh', '-c', 'kill -SEGV $$'], { kind: 'signal', signal: 'SIGSEGV' }],
] as [[string, ...string[]], object][])('the program %j ends with %j', async (command, exit) => {
  const backend = createLocalBackend();
  const handle = await launch(backend, await launchSpec(command));
  expect(await watchToEnd(backend, handle)).toEqual([{ type: 'run.exited', exit }, { type: 'run.gone' }]);
});

test('each watcher hears everything from the beginning, also when all is over', async () => {
  const backend = createLocalBackend();
  const handle = await launch(backend, await launchSpec([fixture('exit-3')]));
  const [one, other] = await Promise.all([watchToEnd(backend, handle), watchToEnd(backend, handle)]);
  expect(other).toEqual(one);
  expect(await watchToEnd(backend, handle)).toEqual(one);
});

test('output goes to the log, both streams in order, and nothing else does', async () => {
  const backend = createLocalBackend();
  const spec = await launchSpec(['sh', '-c', 'echo out; echo err >&2; kill -KILL $$']);
  await writeFile(spec.log, 'before\n');
  await watchToEnd(backend, await launch(backend, spec));
  expect(await readFile(spec.log, 'utf8')).toBe('before\nout\nerr\n');
});

test.each([
  ['long-line', 200_000],
  ['no-newline', 300_000],
])('all of the output is in the log: %s', async (name, bytes) => {
  const backend = createLocalBackend();
  const spec = await launchSpec([fixture(name)]);
  await watchToEnd(backend, await launch(backend, spec));
  expect(statSync(spec.log).size).toBeGreaterThan(bytes);
});

test('the program gets exactly the environment and the mark of its run, empty input, default signals and no descriptor of ours', async () => {
  const backend = createLocalBackend();
  const script = 'env; cat /proc/self/status; readlink /proc/self/fd/0; echo descriptors $(ls /proc/self/fd)';
  const spec = await launchSpec(['sh', '-c', script], { A: 'a b' });
  await watchToEnd(backend, await launch(backend, spec));
  const lines = (await readFile(spec.log, 'utf8')).split('\n');
  const names = lines.filter((line) => line.includes('=')).map((line) => line.split('=')[0]);
  expect(names.filter((name) => !['PWD', 'OLDPWD', '_', 'SHLVL'].includes(name ?? '')).sort()).toEqual([
    'A',
    'EVALD_RUN',
    'PATH',
  ]);
  expect(lines).toContain('A=a b');
  expect(lines).toContain(`EVALD_RUN=${spec.state}`);
  const signals = lines
    .filter((line) => /^Sig(Ign|Cgt|Blk)/.test(line))
    .map((line) => BigInt(`0x${line.split('\t')[1]}`));
  expect(signals).toEqual([0n, 0n, 0n]);
  expect(lines).toContain('/dev/null');
  // 3 is the one with which ls reads the folder. The machine that runs the tests may leak high ones.
  const descriptors = lines
    .find((line) => line.startsWith('descriptors'))
    ?.split(' ')
    .slice(1)
    .map(Number);
  expect(descriptors?.filter((number) => number < 100).sort()).toEqual([0, 1, 2, 3]);
});

test('an argument is passed as one, and a program named like a shell built-in is the program', async () => {
  const backend = createLocalBackend();
  const spec = await launchSpec(['printf', '%s|', '-x', 'a b', '$(id)', '*', "'", '', 'line\nend']);
  await watchToEnd(backend, await launch(backend, spec));
  expect(await readFile(spec.log, 'utf8')).toBe("-x|a b|$(id)|*|'||line\nend|");
});

test('a program that is not there is refused, and nothing is started', async () => {
  const backend = createLocalBackend();
  const spec = await launchSpec(['no-such-program']);
  await expect(backend.launch(spec)).rejects.toThrow('no-such-program was not found');
  expect(existsSync(join(spec.state, 'identity'))).toBe(false);
});

test('arguments that are too long for the system are refused', async () => {
  const spec = await launchSpec(['true', 'x'.repeat(300_000)]);
  await expect(createLocalBackend().launch(spec)).rejects.toThrow('arguments are too long');
});

test('a run that ignores TERM goes on until it is killed', async () => {
  const backend = createLocalBackend();
  const spec = await launchSpec([fixture('ignore-term')]);
  const handle = await launch(backend, spec);
  await ready(spec.log);
  const ended = watchToEnd(backend, handle);
  await backend.stop(handle, 'terminate');
  expect(await areAlive([readHandle(handle).pid])).toEqual([true]);
  await backend.stop(handle, 'kill');
  expect(await ended).toEqual([
    { type: 'run.exited', exit: { kind: 'signal', signal: 'SIGKILL' } },
    { type: 'run.gone' },
  ]);
});

test('a run that obeys TERM reports its exit code: the launcher survives and records it', async () => {
  const backend = createLocalBackend();
  const spec = await launchSpec(['sh', '-c', 'trap "exit 7" TERM; echo ready; while :; do sleep 0.01; done']);
  const handle = await launch(backend, spec);
  await ready(spec.log);
  const ended = watchToEnd(backend, handle);
  await backend.stop(handle, 'terminate');
  expect((await ended)[0]).toEqual({ type: 'run.exited', exit: { kind: 'code', code: 7 } });
});

test('TERM in the very moment of the launch is not lost between the launcher and the program', async () => {
  const backend = createLocalBackend();
  for (let time = 0; time < 50; time++) {
    const handle = await backend.launch(await launchSpec(['sleep', '600']));
    process.kill(-Number(backend.idOf(handle)), 'SIGTERM');
    expect(await watchToEnd(backend, handle)).toMatchObject([{ exit: { signal: 'SIGTERM' } }, { type: 'run.gone' }]);
  }
});

test('terminating reaches grandchildren in other groups and sessions; gone means that none is left', async () => {
  const { backend, handle, pids } = await holding();
  expect(await areAlive(pids)).toEqual([true, true, true]);
  const ended = watchToEnd(backend, handle);
  await backend.stop(handle, 'terminate');
  await eventually(async () => !(await areAlive(pids)).includes(true));
  await backend.stop(handle, 'kill');
  await ended;
});

test('killing reaches grandchildren that ignored TERM, in every group and session', async () => {
  const { backend, handle, pids } = await holding('ignore');
  const ended = watchToEnd(backend, handle);
  await backend.stop(handle, 'terminate');
  await backend.stop(handle, 'kill');
  await ended;
  expect(await areAlive(pids)).toEqual([false, false, false]);
});

test('a worker in a session of its own still belongs to the run when its parent is gone', async () => {
  const { backend, handle, pids } = await holding('ignore');
  const ended = watchToEnd(backend, handle);
  // A look makes the worker known.
  await backend.stop(handle, 'terminate');
  const { pid } = readHandle(handle);
  process.kill(-pid, 'SIGKILL');
  await eventually(async () => !(await areAlive([pid])).includes(true));
  expect((await areAlive(pids))[2]).toBe(true);
  await backend.stop(handle, 'kill');
  await ended;
  expect(await areAlive(pids)).toEqual([false, false, false]);
});

test('a run that leaves grandchildren behind after a normal end has exited at once, and is gone when they are', async () => {
  const { backend, handle, pids } = await holding('leave');
  expect(await watchToExit(backend, handle)).toEqual({ type: 'run.exited', exit: { kind: 'code', code: 0 } });
  expect(await areAlive(pids)).toEqual([true, true, true]);
  const ended = watchToEnd(backend, handle);
  await backend.stop(handle, 'terminate');
  expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 0 } }, { type: 'run.gone' }]);
  expect(await areAlive(pids)).toEqual([false, false, false]);
});

test('after a restart a run is watched on and its exit code is known', async () => {
  const spec = await launchSpec(['sh', '-c', `echo ready; while [ ! -e "$GO" ]; do sleep 0.01; done; exit 5`], {
    GO: join(await temporaryFolder(), 'go'),
  });
  const handle = await launch(createLocalBackend(), spec);
  await ready(spec.log);
  const ended = watchToEnd(createLocalBackend(), JSON.parse(JSON.stringify(handle)));
  await writeFile(spec.env['GO'] ?? '', '');
  expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 5 } }, { type: 'run.gone' }]);
});

test('after a restart what a run left behind is found and ended', async () => {
  const { handle, pids } = await holding('leave', 'ignore');
  await watchToExit(createLocalBackend(), handle);
  const next = createLocalBackend();
  const ended = watchToEnd(next, handle);
  await next.stop(handle, 'kill');
  await ended;
  expect(await areAlive(pids)).toEqual([false, false, false]);
});

test('a launcher that was killed is not the end of the program', async () => {
  const { backend, handle, pids } = await holding();
  const { pid } = readHandle(handle);
  const reports: string[] = [];
  const gone = new Promise<void>((resolve) => {
    createLocalBackend().watch(handle, (report) => {
      if (report.type === 'run.placed') return;
      reports.push(report.type === 'run.exited' ? report.exit.kind : report.type);
      if (report.type === 'run.gone') resolve();
    });
  });
  process.kill(pid, 'SIGKILL');
  await eventually(async () => !(await areAlive([pid])).includes(true));
  expect(reports).toEqual([]);
  expect((await areAlive(pids))[0]).toBe(true);
  // Only the log that they have open says that they are the run's.
  const next = createLocalBackend();
  await next.stop(handle, 'kill');
  await backend.stop(handle, 'kill');
  await gone;
  expect(reports).toEqual(['unknown', 'run.gone']);
  expect(await areAlive(pids)).toEqual([false, false, false]);
});

test.each([
  ['start time', (handle: RunHandle) => ({ ...handle, startTime: Number(handle['startTime']) - 1 })],
  ['boot', (handle: RunHandle) => ({ ...handle, bootId: '00000000-0000-0000-0000-000000000000' })],
])('a process with the same pid and another %s is not the run: reported gone, never signalled', async (_, other) => {
  const backend = createLocalBackend();
  const spec = await launchSpec([fixture('ignore-term')]);
  const handle = await launch(backend, spec);
  await ready(spec.log);
  const empty = await temporaryFolder();
  const stale = { ...other(handle), state: empty };
  const next = createLocalBackend();
  const reports = await watchToEnd(next, stale);
  expect(reports.map((report) => (report.type === 'run.exited' ? report.exit.kind : report.type))).toEqual([
    'unknown',
    'run.gone',
  ]);
  await next.stop(stale, 'kill');
  expect(await areAlive([readHandle(handle).pid])).toEqual([true]);
});

test('after unwatching nothing is reported', async () => {
  const backend = createLocalBackend();
  const spec = await launchSpec([fixture('ignore-term')]);
  const handle = await launch(backend, spec);
  await ready(spec.log);
  const reports: string[] = [];
  backend.watch(handle, (report) => reports.push(report.type))();
  await backend.stop(handle, 'kill');
  await watchToEnd(backend, handle);
  expect(reports).toEqual([]);
});

test('the launcher takes less than 5 MB', async () => {
  const backend = createLocalBackend();
  const spec = await launchSpec([fixture('ignore-term')]);
  const handle = await launch(backend, spec);
  await ready(spec.log);
  const status = await readFile(`/proc/${readHandle(handle).pid}/status`, 'utf8');
  expect(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1])).toBeLessThan(5 * 1024);
});

test('a claim of the start decides: a late launcher never starts the program', async () => {
  const spec = await launchSpec(['sh', '-c', 'echo started']);
  expect(await recoverHandle(spec.state)).toBeNull();
  expect(await claimStart(spec.state)).toBe(true);
  await expect(createLocalBackend().launch(spec)).rejects.toThrow('the start was claimed');
  expect(await readFile(spec.log, 'utf8')).toBe('');
});

test('a run whose handle was not noted is found by its state folder', async () => {
  const backend = createLocalBackend();
  const spec = await launchSpec([fixture('ignore-term')]);
  const handle = await launch(backend, spec);
  expect(await recoverHandle(spec.state)).toEqual(handle);
});

test('a launcher whose watcher is gone starts its program nevertheless', async () => {
  const { state } = await launchSpec(['true']);
  const launcher = spawn('/bin/sh', ['-c', LAUNCHER_SCRIPT, 'evald-launcher', state, '/bin/sh', '-c', 'exit 3'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  launcher.stdio[3]?.destroy();
  await once(launcher, 'exit');
  expect(await readExit(state)).toMatchObject({ exit: { kind: 'code', code: 3 } });
});

test('a run is not started twice', async () => {
  const backend = createLocalBackend();
  const spec = await launchSpec(['sh', '-c', 'echo started']);
  await watchToEnd(backend, await launch(backend, spec));
  await expect(backend.launch(spec)).rejects.toThrow('could not be started');
  expect(await readFile(spec.log, 'utf8')).toBe('started\n');
});

test('a state folder that cannot be written is a refusal, not a run without a record', async () => {
  const spec = await launchSpec(['sh', '-c', 'echo started']);
  await mkdir(join(spec.state, 'identity'));
  await expect(createLocalBackend().launch(spec)).rejects.toThrow();
  expect(await readFile(spec.log, 'utf8')).toBe('');
});

test('a program that has ended before its server comes to look was launched all the same', async () => {
  const backend = createLocalBackend();
  // Closing a file, and all else that the system is asked for, takes longer than the run.
  let isOver = false;
  const derive = promisify(pbkdf2);
  const busy = Array.from({ length: 8 }, async () => {
    while (!isOver) await derive('password', 'salt', 50_000, 64, 'sha512');
  });
  // Of later ones the launcher may have waited.
  for (let run = 0; run < 2; run++) await backend.launch(await launchSpec(['true']));
  isOver = true;
  await Promise.all(busy);
});

test('a run that says how many CPUs it needs finds that many in the variables by which libraries count their threads; another finds what the server has', async () => {
  const backend = createLocalBackend();
  const said = async (cpus: number | null) => {
    const spec = await launchSpec(['sh', '-c', 'echo $OMP_NUM_THREADS $MKL_NUM_THREADS'], { OMP_NUM_THREADS: '9' });
    await watchToEnd(backend, await backend.launch({ ...spec, resources: { ...oneGpu, cpus } }));
    return (await readFile(spec.log, 'utf8')).trim();
  };
  expect([await said(3), await said(null)]).toEqual(['3 3', '9']);
});
