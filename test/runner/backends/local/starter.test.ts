import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { getPriority, setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UnavailableError } from '../../../../src/machines/ports/runner.ts';
import { createLocalBackend } from '../../../../src/runner/backends/local/backend.ts';
import { readHandle } from '../../../../src/runner/backends/local/handle.ts';
import { spareScript } from '../../../../src/runner/backends/local/launcher.ts';
import { readProcesses } from '../../../../src/runner/backends/local/procfs.ts';
import { createStarter, type Starter } from '../../../../src/runner/backends/local/starter/starter.ts';
import { claimStart } from '../../../../src/runner/backends/shared/claim.ts';
import { fixture, launch, launchSpec, temporaryFolder, watchToEnd } from '../../../support/runs/localRun.ts';
import { isRunning } from '../../../support/runs/processes.ts';
import { parentOf, readyStarter, startedBackend } from '../../../support/runs/startedRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';
import { describeBackend } from '../backendContract.ts';

let shared: Starter;
beforeAll(async () => {
  shared = await readyStarter();
});
afterAll(() => shared.close());

describeBackend('local, by a starter', { make: () => ({ ...createLocalBackend(null, shared), close: () => {} }) });

const WORLD = `
env | sort; umask; pwd; ulimit -a; grep -E '^(SigPnd|SigBlk|SigIgn|SigCgt|Groups|NoNewPrivs|Seccomp:)' /proc/self/status
cut -d' ' -f4-7 /proc/$PPID/stat | { read parent group session terminal; [ $group = $PPID ] && [ $session = $PPID ] && echo leads $terminal; }
for number in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$number ] && echo $number $(readlink /proc/$$/fd/$number); done
cat /proc/self/cgroup /proc/self/oom_score_adj; tty; nice; printf '%s\\n' "$@"
`;

test('a program finds the same world whether the server or a starter has started it', async () => {
  const words = ["it's", 'a b', '$(id)', '', 'line\nend', 'ÁÄ\u0081\u0088', '\\', '-n'];
  const env = { A: 'a b', B: '$(id) "q"', C: 'line\nend', D: "it's", E: 'ÁÄ\u0081\u0088', state: 'theirs', IDLE: '' };
  const worldOf = async (starter: Starter | null) => {
    const backend = createLocalBackend(null, starter);
    const spec = await launchSpec(['sh', '-c', WORLD, 'sh', ...words], env);
    const handle = await launch(backend, { ...spec, umask: 0o027 });
    if (starter !== null) expect(await parentOf(handle).catch(() => 0)).not.toBe(process.pid);
    await watchToEnd(backend, handle);
    return (await readFile(spec.log, 'utf8')).replaceAll(join(spec.state, '..'), 'FOLDER').split('\n');
  };
  const own = await worldOf(null);
  expect(own).toEqual(expect.arrayContaining(['A=a b', 'leads 0', '0027', '0 /dev/null', 'not a tty']));
  expect(await worldOf(shared)).toEqual(own);
});

test.each([
  ['a name that no shell can set', { 'A.B': '1' }],
  ['a name that a shell has for itself', { SHLVL: '7' }],
])('a run is started by the server where a shell could not set its variables as they are: %s', async (_, env) => {
  const backend = await startedBackend();
  expect(await parentOf(await launch(backend, await launchSpec(['sleep', '600'], env)))).toBe(process.pid);
});

test('arguments that are too long for the system are refused as without a starter', async () => {
  const backend = await startedBackend();
  await expect(backend.launch(await launchSpec(['true', 'x'.repeat(300_000)]))).rejects.toThrow(
    'arguments are too long',
  );
});

test.each(['the server', 'a starter'])(
  'a launcher that is killed has ended by that signal: started by %s',
  async (by) => {
    const backend = by === 'a starter' ? await startedBackend() : createLocalBackend();
    const spec = await launchSpec(['sh', '-c', 'echo ready; sleep 600']);
    const handle = await launch(backend, spec);
    await eventually(async () => (await readFile(spec.log, 'utf8')).includes('ready'));
    const ended = watchToEnd(backend, handle);
    process.kill(-readHandle(handle).pid, 'SIGKILL');
    expect(await ended).toEqual([
      { type: 'run.exited', exit: { kind: 'signal', signal: 'SIGKILL' } },
      { type: 'run.gone' },
    ]);
  },
);

test.each(['the server', 'a starter'])(
  'the exit code of a run is known although its launcher could not write it: started by %s',
  async (by) => {
    const backend = by === 'a starter' ? await startedBackend() : createLocalBackend();
    const spec = await launchSpec(['sh', '-c', 'exit 7']);
    await mkdir(join(spec.state, 'exit'));
    const reports = await watchToEnd(backend, await launch(backend, spec));
    expect(reports).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 7 } }, { type: 'run.gone' }]);
  },
);

test('a run goes on and its exit code is known when its starter is killed; the next is started by the server, and later ones by another starter', async () => {
  const backend = await startedBackend();
  const go = join(await temporaryFolder(), 'go');
  const spec = await launchSpec(['sh', '-c', 'while [ ! -e "$GO" ]; do sleep 0.01; done; exit 5'], { GO: go });
  const handle = await launch(backend, spec);
  const ended = watchToEnd(backend, handle);
  const first = await parentOf(handle);
  process.kill(first, 'SIGKILL');
  await eventually(async () => !(await isRunning(first)));
  // In the moment of its end it may be asked, and does not answer.
  const next = await eventually(async () => launch(backend, await launchSpec(['sleep', '600'])).catch(() => null));
  expect(await parentOf(next)).toBe(process.pid);
  await readyStarter(backend.starter);
  const later = await parentOf(await launch(backend, await launchSpec(['sleep', '600'])));
  expect([first, process.pid]).not.toContain(later);
  await writeFile(go, '');
  expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 5 } }, { type: 'run.gone' }]);
});

test('a starter that is killed in the middle of a launch loses no run and starts none twice', async () => {
  const counts = { started: 0, refused: 0 };
  // Ever later, until one was killed after its launch, however slow the machine is.
  for (let time = 0; time < 12 || counts.started === 0; time++) {
    const backend = await startedBackend();
    const pid = await starterOf(backend);
    const spec = await launchSpec(['sh', '-c', 'echo started']);
    const launched = backend.launch(spec).catch((error: unknown) => error);
    // From before the script is handed over until after the program has ended.
    await setTimeout(time / 2);
    process.kill(pid, 'SIGKILL');
    const answer = await launched;
    const lines = async () => (await readFile(spec.log, 'utf8').catch(() => '')).split('started').length - 1;
    if (answer instanceof Error) {
      expect(answer).toBeInstanceOf(UnavailableError);
      counts.refused += 1;
      // Claimed, so that a launcher that is still on its way begins nothing.
      expect(await claimStart(spec.state)).toBe(true);
      expect(await lines()).toBe(0);
      continue;
    }
    counts.started += 1;
    const [exited] = await watchToEnd(createLocalBackend(), answer as Awaited<ReturnType<typeof launch>>);
    expect(exited).toMatchObject({ exit: { kind: 'code', code: 0 } });
    expect(await lines()).toBe(1);
  }
});

test('a shell that waits for a run, and the starter, end with a server that is killed; its runs go on', async () => {
  const server = spawn(process.execPath, [fixture('starting-server.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(server.stdout, 'data');
  const { starter, handle } = JSON.parse(String(line));
  const spares = (await readProcesses()).filter(({ parent }) => parent === starter).map(({ pid }) => pid);
  expect(spares).toContain(handle.pid);
  expect(spares.length).toBe(2);
  server.kill('SIGKILL');
  await eventually(async () => !(await isRunning(starter)));
  for (const pid of spares.filter((pid) => pid !== handle.pid)) await eventually(async () => !(await isRunning(pid)));
  const backend = createLocalBackend();
  const ended = watchToEnd(backend, handle);
  expect(await isRunning(handle.pid)).toBe(true);
  await backend.stop(handle, 'kill');
  expect((await ended)[0]).toMatchObject({ type: 'run.exited' });
});

test('of a script of which only a part comes nothing is done', async () => {
  const { state, log, env } = await launchSpec(['true']);
  const script =
    spareScript({ command: ['/bin/sh', '-c', 'echo started'], env, cwd: '/', umask: 0o077, state, log }) ?? '';
  const parts = Array.from({ length: 30 }, (_, at) => Math.floor(((script.length - 8) * at) / 29));
  for (const length of [...parts, script.length - 2]) {
    await readBy(script.slice(0, length));
  }
  expect(existsSync(log) || existsSync(join(state, 'identity')) || existsSync(join(state, 'claim'))).toBe(false);
  await readBy(script);
  expect(await readFile(log, 'utf8')).toBe('started\n');
});

test('what an operator has changed of the server holds for the next run: another starter is made', async () => {
  const backend = await startedBackend();
  const before = (await readFile('/proc/self/oom_score_adj', 'latin1')).trim();
  const other = String(Math.min(1_000, Number(before) + 7));
  await writeFile('/proc/self/oom_score_adj', other);
  try {
    const scoreOf = async () => {
      const handle = await launch(backend, await launchSpec(['sleep', '600']));
      return (await readFile(`/proc/${readHandle(handle).pid}/oom_score_adj`, 'latin1')).trim();
    };
    expect(await scoreOf()).toBe(other);
    await readyStarter(backend.starter);
    expect(await scoreOf()).toBe(other);
  } finally {
    // Only a privileged process may lower it again.
    await writeFile('/proc/self/oom_score_adj', before).catch(() => {});
  }
});

test('a run has the niceness and the processors that its server has when it starts, not those of an older starter', async () => {
  const backend = await startedBackend();
  const niceness = getPriority();
  const cpus = async (pid: number | 'self') =>
    /^Cpus_allowed_list:\s*(\S+)$/m.exec(await readFile(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '';
  const before = await cpus('self');
  const startedPid = async () => readHandle(await launch(backend, await launchSpec(['sleep', '600']))).pid;
  const setCpus = (list: string) => execFileSync('taskset', ['-cp', list, String(process.pid)]);
  try {
    setCpus(before.split(/[-,]/)[0] ?? '0');
    expect(await cpus(await startedPid())).toBe(await cpus('self'));
    await readyStarter(backend.starter);
    setPriority(Math.min(19, niceness + 3));
    expect(getPriority(await startedPid())).toBe(getPriority());
  } finally {
    setCpus(before);
    // Only a privileged process may lower it again.
    try {
      setPriority(niceness);
    } catch {}
  }
});

test('a start that was claimed is refused by a starter too, and its program is not started', async () => {
  const backend = await startedBackend();
  const spec = await launchSpec(['sh', '-c', 'echo started']);
  await claimStart(spec.state);
  await expect(backend.launch(spec)).rejects.toThrow('the start was claimed');
  expect(await readFile(spec.log, 'utf8')).toBe('');
});

test('a state folder that cannot be written is a refusal by a starter too', async () => {
  const backend = await startedBackend();
  const spec = await launchSpec(['sh', '-c', 'echo started']);
  await mkdir(join(spec.state, 'identity'));
  await expect(backend.launch(spec)).rejects.toThrow('could not write to');
  expect(await readFile(spec.log, 'utf8')).toBe('');
});

test('a starter that ends again and again is not started any more, and runs are started by the server', async () => {
  const others = await starters();
  const starter = createStarter();
  const backend = createLocalBackend(null, starter);
  for (let time = 0; time < 3; time++) {
    const pid = await eventually(async () => {
      await starter.start('exit 0\n');
      return (await starters()).find((child) => !others.includes(child));
    });
    process.kill(pid, 'SIGKILL');
    await eventually(async () => !(await isRunning(pid)));
  }
  await starter.start('exit 0\n');
  await setTimeout(50);
  expect(await starter.start('exit 0\n')).toBeNull();
  expect(await parentOf(await launch(backend, await launchSpec(['sleep', '600'])))).toBe(process.pid);
});

/** Starters of this process that have not ended. */
async function starters(): Promise<number[]> {
  const children = (await readProcesses()).filter(({ parent }) => parent === process.pid);
  const lines = await Promise.all(children.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return children.flatMap(({ pid }, at) => (lines[at]?.includes('starterProgram') ? [pid] : []));
}

async function starterOf(backend: Awaited<ReturnType<typeof startedBackend>>): Promise<number> {
  return parentOf(await launch(backend, await launchSpec(['sleep', '600'])));
}

/** Has a shell read a script, as one that waits does, to its end. */
async function readBy(script: string): Promise<void> {
  const shell = spawn('/bin/sh', ['-s'], { stdio: ['pipe', 'ignore', 'ignore'] });
  shell.stdin.end(script);
  await once(shell, 'exit');
}
