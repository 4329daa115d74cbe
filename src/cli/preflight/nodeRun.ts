import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../../errors.ts';
import { readRunFile } from '../../files/openRunFile.ts';
import { removeTree } from '../../files/removeTree.ts';
import type { Exit, RunReport } from '../../machines/ports/runner.ts';
import type { Backend } from '../../runner/backends/backend.ts';
import { type Check, fault, ok, warning } from '../doctor/check.ts';

export type NodeRunOptions = {
  backend: Backend;
  /** Where runs are kept: made where there is none, and taken away again. */
  runsDir: string;
  /** Whether nodes see that folder under the same path. */
  isShared: boolean;
  /** As a run would start it. */
  python: string;
  /** As of a run. */
  env: Record<string, string>;
  /** Milliseconds in which the run has ended, or is taken back. */
  patience: number;
};

/** Milliseconds in which what was taken back is gone. */
const LAST = 15_000;

/** Bytes that are read of what the run says. */
const MOST_SAID = 65_536;
/** What the run says of its node, a line each. */
const PROGRAM = `echo "node $(uname -n)"
exec "$0" -c 'import sys; print("python %d.%d.%d" % sys.version_info[:3])'`;

/** How the run has come out. */
type Ran = { exit: Exit | null; node: string | null; state: string | null; said: string };

/**
 * Has the engine run one small program, as it would run an evaluation but without a GPU, and says whether a node sees the
 * folder of runs and has the Python. Nothing of it is left. Never throws.
 */
export async function nodeRunChecks(options: NodeRunOptions): Promise<Check[]> {
  const { backend, runsDir } = options;
  try {
    const made = await mkdir(runsDir, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(runsDir, 'evald-check-'));
    try {
      return checksOf(await runOn(options, folder), options);
    } finally {
      await removeTree(made ?? folder);
    }
  } catch (error) {
    const remedy = `docs/${backend.name}.md says what runs need there`;
    return [fault('node', `no run could be started by ${backend.name}: ${errorMessage(error)}`, remedy)];
  }
}

async function runOn({ backend, python, env, patience }: NodeRunOptions, folder: string): Promise<Ran> {
  const [state, log] = [join(folder, '1'), join(folder, 'log')];
  await mkdir(state);
  const handle = await backend.launch({
    ...{ jobId: 'check', name: 'evald:check', command: ['/bin/sh', '-c', PROGRAM, python], env, log, state },
    resources: { gpus: 0, devices: null, seconds: null, cpus: null, memory: null, priority: 0, engineArgs: [] },
  });
  const ran: Ran = { exit: null, node: null, state: null, said: '' };
  const gone = Promise.withResolvers<void>();
  const unwatch = backend.watch(handle, (report: RunReport) => {
    if (report.type === 'run.placed') Object.assign(ran, { node: report.node ?? ran.node, state: report.state });
    if (report.type === 'run.exited') ran.exit = report.exit;
    if (report.type === 'run.gone') gone.resolve();
  });
  try {
    if (!(await within(patience, gone.promise))) {
      await backend.stop(handle, 'kill');
      await within(LAST, gone.promise);
      return { ...ran, exit: null };
    }
    const said = await readRunFile({ path: folder, isOwn: true }, 'log', MOST_SAID).catch(() => null);
    return { ...ran, said: said ?? '' };
  } finally {
    unwatch();
  }
}

/** Pure. */
function checksOf({ exit, node: placed, state, said }: Ran, options: NodeRunOptions): Check[] {
  const { backend, runsDir, isShared, python, patience } = options;
  if (exit === null) {
    const says = `a small run has not ended within ${patience / 1_000} s${state === null ? '' : `, and is ${state}`}; it was taken back`;
    const remedy = `is the cluster full? Try again later, or give evald check more time (--patience)`;
    return [warning('node', says, remedy)];
  }
  // An engine's name of a node is what its operator knows it by.
  const named = /^node (\S+)$/m.exec(said)?.[1];
  const node = named && (placed ?? named);
  const version = /^python (\S+)$/m.exec(said)?.[1];
  if (node === undefined) {
    const says = `a small run left nothing in ${runsDir}: ${ending(exit)}`;
    const remedy = isShared
      ? '--runs-dir (or --data-dir) must be a folder that the nodes see under the same path and the user may write to'
      : `docs/${backend.name}.md says what runs need there`;
    return [fault('shared folder', says, remedy)];
  }
  const folder = isShared ? [ok('shared folder', `${node} sees ${runsDir}`)] : [];
  if (version !== undefined) return [...folder, ok('python', `${python} on ${node} is Python ${version}`)];
  const words = said.trim().split('\n').at(-1);
  const remedy = '--python must be a Python that every node has under that name or path';
  return [...folder, fault('python', `${python} does not start on ${node}: ${words}; ${ending(exit)}`, remedy)];
}

function ending(exit: Exit): string {
  switch (exit.kind) {
    case 'code':
      return `it ended with exit code ${exit.code}`;
    case 'signal':
      return `it was ended by ${exit.signal}`;
    case 'timedOut':
      return `the cluster ended it after ${exit.seconds} s`;
    default:
      return exit.reason;
  }
}

/** Whether something comes about in time. */
async function within(milliseconds: number, work: Promise<void>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), milliseconds);
  return Promise.race([work.then(() => true), late.promise]).finally(() => clearTimeout(timer));
}
