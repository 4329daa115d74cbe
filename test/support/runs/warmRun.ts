import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createLocalBackend } from '../../../src/runner/backends/local/backend.ts';
import type { WarmStartOptions } from '../../../src/runner/backends/local/warm/warmStarts.ts';
import type { WarmStartsState } from '../../../src/schemas/engine/engine.ts';
import { eventually } from '../waiting/eventually.ts';
import { plainPython } from './countedRuns.ts';
import { launch, launchSpec, temporaryFolder, watchToEnd } from './localRun.ts';

/** What a parent loads for the tiny module, and answers. @param more lines of `load`. */
export const tinyProgram = (more = 'pass') => `
MODULE = "evald_tiny"
def load():
    import evald_tiny.__main__
    ${more}
def unfit():
    global opened
    if os.path.exists(os.path.join(os.environ["PYTHONPATH"], "open-a-device")): opened = open("/dev/full")
def answer(question):
    print("what is printed here is part of no run")
    if question["what"] == "value": return sys.modules["evald_tiny.helper"].VALUE
    if question["what"] == "change": sys.modules["evald_tiny.helper"].VALUE = "changed by a question"
    if question["what"] == "fail": raise RuntimeError("no answer")
    if question["what"] == "much": return ["é\\"" * 100] * 1000
`;

/** Says what it is started with, holds until it is ended, with a process that has left its session, or exits. */
const MAIN = `
import json, os, signal, sys, time
from evald_tiny import helper
def descriptors(): return {int(name): os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")}
def world():
    umask = os.umask(0)
    with open("/proc/self/environ") as file: given = sorted(filter(None, file.read().split("\\0")))
    return {
        "argv": sys.argv, "orig_argv": sys.orig_argv, "environ": dict(os.environ), "given": given, "cwd": os.getcwd(),
        "umask": umask, "leads": os.getsid(0) == os.getpgid(0) == os.getppid(), "descriptors": descriptors(),
        "signals": [str(signal.getsignal(one)) for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE)],
        "path": sys.path, "executable": sys.executable, "name": __name__, "spec": __spec__.name, "main": sys.modules["__main__"].__spec__.name,
        "value": helper.VALUE, "stdout": [sys.stdout.encoding, sys.stdout.write_through, sys.stdout.isatty()],
    }
if __name__ == "__main__":
    what = sys.argv[1]
    if what == "world": print(json.dumps(world()))
    if what == "exit": sys.exit(int(sys.argv[2]))
    if what == "hold":
        child = os.fork()
        if child == 0: os.setsid()
        else: print(f"ready {os.getpid()} {child}")
        while True: time.sleep(1)
`;

export type WarmRuns = Awaited<ReturnType<typeof warmRuns>>;

/**
 * A backend that starts runs of a tiny module warm, once its parent is ready.
 * @param main the module, as text.
 */
export async function warmRuns(
  more?: string,
  { main = MAIN, ...options }: Partial<WarmStartOptions> & { main?: string } = {},
) {
  const problems: string[] = [];
  const backend = createLocalBackend({
    ...{ memory: 2 ** 30, idle: 600_000, onProblem: (text) => problems.push(text) },
    ...options,
  });
  onTestFinished(() => backend.close?.());
  const folder = await temporaryFolder();
  const file = (name: string) => join(folder, name);
  await mkdir(file('evald_tiny'));
  await mkdir(file('tiny-1.0.dist-info'));
  await writeFile(file('evald_tiny/__init__.py'), '');
  await writeFile(file('evald_tiny/helper.py'), 'VALUE = "first"\n');
  await writeFile(file('evald_tiny/__main__.py'), main);
  await writeFile(file('tiny-1.0.dist-info/METADATA'), 'Name: tiny\nVersion: 1.0\n');
  const env = { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' };
  const own = plainPython();

  const pythonWith = (variables: Record<string, string> = {}) => ({
    ...{ python: own, program: tinyProgram(more) },
    env: { PATH: process.env['PATH'] ?? '', ...env, ...variables },
  });
  const specOf = async (words: readonly string[], variables: Record<string, string> = {}, python = own) => ({
    ...(await launchSpec([python, '-m', 'evald_tiny', ...words], { ...env, ...variables })),
    warm: tinyProgram(more),
  });
  const state = async (): Promise<WarmStartsState> => {
    const { warm_starts: known } = await backend.describe();
    if (known === undefined) throw new Error('nothing is started warm');
    return known;
  };
  const start = async (
    words: readonly string[],
    variables?: Record<string, string>,
    { isCold = false, python = own } = {},
  ) => {
    const { warm, ...spec } = await specOf(words, variables, python);
    const handle = await launch(backend, isCold ? spec : { ...spec, warm });
    return { spec, handle, isWarm: handle['warm'] === true };
  };
  const runToEnd = async (...given: Parameters<typeof start>) => {
    const run = await start(...given);
    const reports = await watchToEnd(backend, run.handle);
    return { ...run, reports, log: await readFile(run.spec.log, 'utf8') };
  };
  /** Files are as old as it takes for an edit to be told by their times. */
  const settled = () =>
    eventually(async () => {
      const { ctimeMs } = await stat(file('evald_tiny/helper.py'));
      const others = await Promise.all(
        ['.', 'evald_tiny/__main__.py', 'tiny-1.0.dist-info/METADATA'].map((name) => stat(file(name))),
      );
      return Math.max(ctimeMs, ...others.map((other) => other.ctimeMs)) < Date.now() - 2_500;
    });
  /** Runs that start cold, until there is a parent. */
  const whenReady = async (words = ['exit', '0'], variables?: Record<string, string>) => {
    await settled();
    await runToEnd(words, variables);
    await eventually(async () => (await state()).state !== 'loading');
  };
  return { backend, file, problems, pythonWith, specOf, start, runToEnd, state, settled, whenReady };
}
