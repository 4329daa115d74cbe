import { readFileSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunHandle, RunReport } from '../../../src/machines/ports/runner.ts';
import type { Backend, LaunchSpec } from '../../../src/runner/backends/backend.ts';
import { engineStateSchema } from '../../../src/schemas/engine/engine.ts';
import { describeWith, type Need } from '../../support/needs.ts';
import { fixture, launch, launchSpec, temporaryFolder, watchToEnd } from '../../support/runs/localRun.ts';
import { isRunning } from '../../support/runs/processes.ts';
import { eventually } from '../../support/waiting/eventually.ts';

export type BackendUnderTest = {
  /** A backend as of a server that was just started: each call makes another one. */
  make: () => Backend | Promise<Backend>;
  /** What the suite needs of the machine; absent: nothing. */
  need?: Need;
  /** Variables that the place itself adds to a run's environment. */
  adds?: (name: string) => boolean;
  /** How far a stop reaches: what left the run's session may be beyond an engine without cgroups. */
  reaches?: 'all' | 'session';
  /** Milliseconds a test may take. */
  timeout?: number;
};

type Command = [string, ...string[]];

const scrubbed = readFileSync(fixture('scrubbed-variables.txt'), 'utf8').trim().split('\n');
/** What a shell sets for itself. */
const SHELL = ['PWD', 'OLDPWD', '_', 'SHLVL'];

/** Every promise that a backend makes to the runner, whatever it runs on. One suite, run against each of them. */
export function describeBackend(name: string, under: BackendUnderTest): void {
  const { make, need, adds = () => false, reaches = 'all', timeout = 30_000 } = under;
  const suite = () => describe(`the backend ${name}`, { timeout }, () => promises(make, adds, reaches));
  if (need === undefined) suite();
  else describeWith(need, `the contract of ${name}`, suite);
}

function promises(make: BackendUnderTest['make'], adds: (name: string) => boolean, reaches: 'all' | 'session'): void {
  const begin = async (command: Command, env: Record<string, string> = {}) => {
    const backend = await make();
    const spec = await launchSpec(command, env);
    return { backend, spec, handle: await launch(backend, spec) };
  };
  const runToEnd = async (command: Command, env: Record<string, string> = {}) => {
    const { backend, spec, handle } = await begin(command, env);
    const reports = await watchToEnd(backend, handle);
    return { backend, spec, handle, reports, log: await readFile(spec.log, 'utf8') };
  };

  describe('a program', () => {
    test('a program runs with exactly its environment and what the backend adds; nothing in it says that it is one of many workers', async () => {
      const { log } = await runToEnd(['sh', '-c', 'tr "\\0" "\\n" </proc/self/environ'], { A: 'a b', B: '$(id) "q"' });
      const lines = log.split('\n');
      expect(lines).toEqual(expect.arrayContaining(['A=a b', 'B=$(id) "q"']));
      const names = lines.filter((line) => line.includes('=')).map((line) => line.slice(0, line.indexOf('=')));
      expect(names.filter((name) => scrubbed.includes(name))).toEqual([]);
      const own = ['A', 'B', 'PATH', 'EVALD_RUN', ...SHELL];
      expect(names.filter((name) => !own.includes(name) && !adds(name))).toEqual([]);
    });

    test('a program gets each argument as one: spaces, quotes, line ends, nothing at all, what a shell would run', async () => {
      const words = ['-x', 'a b', '$(id)', '`id`', '*', "'", '"', '', 'line\nend', '\\', '#no', 'ä', '%j'];
      const { log } = await runToEnd(['printf', '<%s>', ...words]);
      expect(log).toBe(words.map((word) => `<${word}>`).join(''));
    });

    test('the files and the log of a program are for their owner only, unless configured otherwise', async () => {
      const { log, spec } = await runToEnd(['sh', '-c', 'umask']);
      expect(log).toBe('0077\n');
      expect((await stat(spec.log)).mode & 0o077).toBe(0);
      const backend = await make();
      const shared = { ...(await launchSpec(['sh', '-c', 'umask'])), umask: 0o027 };
      await watchToEnd(backend, await launch(backend, shared));
      expect(await readFile(shared.log, 'utf8')).toBe('0027\n');
    });

    test('a program runs with empty input', async () => {
      const { reports, log } = await runToEnd(['sh', '-c', 'cat; echo end']);
      expect([reports.length, log]).toEqual([2, 'end\n']);
    });

    test('the log of a program has both outputs, in order, after what was there, and is whole when the run is gone', async () => {
      const backend = await make();
      const spec = await launchSpec([
        'sh',
        '-c',
        'for n in 1 2 3; do echo out $n; echo err $n >&2; done; printf "no end of line"',
      ]);
      await writeFile(spec.log, 'before\n');
      await watchToEnd(backend, await launch(backend, spec));
      const expected = 'before\nout 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\nno end of line';
      expect(await readFile(spec.log, 'utf8')).toBe(expected);
    });

    test.each([
      [['true'], { kind: 'code', code: 0 }],
      [[fixture('exit-3')], { kind: 'code', code: 3 }],
      [['sh', '-c', 'exit 255'], { kind: 'code', code: 255 }],
      [['sh', '-c', 'kill -KILL $$'], { kind: 'signal', signal: 'SIGKILL' }],
      [['sh', '-c', 'kill -SEGV $$'], { kind: 'signal', signal: 'SIGSEGV' }],
    ] as [Command, object][])('the end of a program is reported, once: %j', async (command, exit) => {
      const { reports } = await runToEnd(command);
      expect(reports).toEqual([{ type: 'run.exited', exit }, { type: 'run.gone' }]);
    });

    test('a program that is not there is refused, or its run fails', async () => {
      const backend = await make();
      const spec = await launchSpec(['no-such-program']);
      const handle = await launch(backend, spec).catch(() => null);
      const [exited] = handle === null ? [] : await watchToEnd(backend, handle);
      expect(exited).not.toEqual({ type: 'run.exited', exit: { kind: 'code', code: 0 } });
    });

    test('a program runs once: a second launch with the same state starts nothing', async () => {
      const { backend, spec } = await runToEnd(['sh', '-c', 'echo started']);
      const again = await backend.launch(spec).catch(() => null);
      if (again !== null) await watchToEnd(backend, again);
      expect(await readFile(spec.log, 'utf8')).toBe('started\n');
    });
  });

  describe('a run', () => {
    test('a run is reported with its node while it runs', async () => {
      const { backend, spec, handle } = await begin([fixture('ignore-term')]);
      await ready(spec);
      const placed = await firstReport(backend, handle, (report) => report.type === 'run.placed' && report.node !== '');
      expect(placed).toEqual({
        type: 'run.placed',
        node: expect.stringMatching(/./),
        state: expect.stringMatching(/./),
      });
    });

    test("a run has the engine's name of it, the same after a restart; its handle is plain JSON that names the backend", async () => {
      const { backend, handle } = await begin(['true']);
      const later = await make();
      expect(backend.idOf(handle)).toMatch(/./);
      expect(later.idOf(copyOf(handle))).toBe(backend.idOf(handle));
      expect(copyOf(handle)).toEqual(handle);
      expect(handle['backend']).toBe(backend.name);
    });

    test('a run is reported the same to two watchers, and to one that comes when all is over', async () => {
      const { backend, handle } = await begin([fixture('exit-3')]);
      const [one, other] = await Promise.all([watchToEnd(backend, handle), watchToEnd(backend, handle)]);
      expect(one).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 3 } }, { type: 'run.gone' }]);
      expect(other).toEqual(one);
      expect(await watchToEnd(backend, handle)).toEqual(one);
    });

    test('a watcher that has stopped gets no more reports of a run', async () => {
      const { backend, spec, handle } = await begin([fixture('ignore-term')]);
      await ready(spec);
      const reports: RunReport[] = [];
      backend.watch(handle, (report) => reports.push(report))();
      await backend.stop(handle, 'kill');
      await watchToEnd(backend, handle);
      expect(reports).toEqual([]);
    });

    test('a backend describes the state of its engine', async () => {
      const backend = await make();
      const state = await backend.describe();
      expect(engineStateSchema.parse(state)).toEqual(state);
      expect(state).toMatchObject({ name: backend.name, reachable: true, reason: null });
      expect(state.nodes.length).toBeGreaterThan(0);
    });
  });

  describe('after a restart', () => {
    test('after a restart a run is watched on, and its end is reported once', async () => {
      const go = join(await temporaryFolder(), 'go');
      const { spec, handle } = await begin(
        ['sh', '-c', 'echo ready; while [ ! -e "$GO" ]; do sleep 0.05; done; exit 5'],
        {
          GO: go,
        },
      );
      await ready(spec);
      const ended = watchToEnd(await make(), copyOf(handle));
      await writeFile(go, '');
      expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'code', code: 5 } }, { type: 'run.gone' }]);
    });

    test('after a restart the end of a run that has ended meanwhile is reported', async () => {
      const { handle, reports } = await runToEnd([fixture('exit-3')]);
      expect(await watchToEnd(await make(), copyOf(handle))).toEqual(reports);
    });

    test('after a restart a run is stopped', async () => {
      const { spec, handle } = await begin([fixture('ignore-term')]);
      await ready(spec);
      const later = await make();
      const ended = watchToEnd(later, copyOf(handle));
      await later.stop(copyOf(handle), 'kill');
      // What would have recorded the signal may have been killed as well; an engine says of it that it was cancelled.
      expect((await ended)[0]).toMatchObject({ exit: { kind: expect.stringMatching(/^(signal|cancelled|unknown)$/) } });
    });

    test('after a restart a run whose handle was lost is found by its state', async () => {
      const { spec, handle } = await begin([fixture('ignore-term')]);
      const later = await make();
      const found = await later.recover(spec.state);
      expect(found && later.idOf(found)).toBe(later.idOf(copyOf(handle)));
    });

    test('after a restart a run whose handle was lost and that has ended is found, and its end is reported', async () => {
      const { spec, reports } = await runToEnd([fixture('exit-3')]);
      const later = await make();
      const found = await later.recover(spec.state);
      expect(found && (await watchToEnd(later, found))).toEqual(reports);
    });

    test('after a restart a run that was never launched is none, and a late launch of it never starts the program', async () => {
      const spec = await launchSpec(['sh', '-c', 'echo started']);
      expect(await (await make()).recover(spec.state)).toBeNull();
      const late = await make();
      const handle = await late.launch(spec).catch(() => null);
      if (handle !== null) await watchToEnd(late, handle);
      expect(await readFile(spec.log, 'utf8').catch(() => '')).not.toContain('started');
    });
  });

  describe('a stop', () => {
    test('a stop asks a run to end: it may write its last output', async () => {
      const { backend, spec, handle } = await begin([
        'sh',
        '-c',
        'trap "echo asked; exit 7" TERM; echo ready; while :; do sleep 0.05; done',
      ]);
      await ready(spec);
      const ended = watchToEnd(backend, handle);
      await backend.stop(handle, 'terminate');
      expect((await ended)[0]).not.toEqual({ type: 'run.exited', exit: { kind: 'code', code: 0 } });
      expect(await readFile(spec.log, 'utf8')).toContain('asked');
    });

    test('a stop kills a run that does not obey', async () => {
      const { backend, spec, handle } = await begin([fixture('ignore-term')]);
      await ready(spec);
      const ended = watchToEnd(backend, handle);
      await backend.stop(handle, 'terminate');
      await backend.stop(handle, 'kill');
      const kind = expect.stringMatching(/^(signal|cancelled)$/);
      expect(await ended).toMatchObject([{ type: 'run.exited', exit: { kind } }, { type: 'run.gone' }]);
    });

    test('a stop of a run that has ended is no error', async () => {
      const { backend, handle } = await runToEnd(['true']);
      await backend.stop(handle, 'terminate');
      await backend.stop(handle, 'kill');
      await (await make()).stop(copyOf(handle), 'kill');
    });

    test('a stop ends a run with all that it has started: gone means that none of it is left', async () => {
      const file = join(await temporaryFolder(), 'pids');
      const { backend, spec, handle } = await begin([fixture('fork-and-hold'), file, 'ignore']);
      await ready(spec);
      const pids = (await readFile(file, 'utf8')).trim().split(' ').map(Number);
      const ended = watchToEnd(backend, handle);
      await backend.stop(handle, 'terminate');
      await backend.stop(handle, 'kill');
      await ended;
      const within = reaches === 'all' ? pids : pids.slice(0, 2);
      expect(await Promise.all(within.map(isRunning))).toEqual(within.map(() => false));
    });
  });
}

/** What is left of a handle in the journal. */
const copyOf = (handle: RunHandle): RunHandle => JSON.parse(JSON.stringify(handle));

/** The program has begun, and said so. */
async function ready({ log }: LaunchSpec): Promise<void> {
  await eventually(async () => (await readFile(log, 'utf8').catch(() => '')).includes('ready'));
}

function firstReport(backend: Backend, handle: RunHandle, isIt: (report: RunReport) => boolean): Promise<RunReport> {
  return new Promise((resolve) => {
    const unwatch = backend.watch(handle, (report) => {
      if (!isIt(report)) return;
      resolve(report);
      // Not before `watch` has returned what ends it.
      queueMicrotask(() => unwatch());
    });
  });
}
