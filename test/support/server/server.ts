import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../files/removeFolder.ts';
import type { CrashPoint } from './crashingServer.ts';

const main = new URL('../../../src/evald.ts', import.meta.url).pathname;
const crashing = new URL('./crashingServer.ts', import.meta.url).pathname;

export type TestServer = {
  /** Where it answers. */
  url: string;
  dataDir: string;
  process: ChildProcess;
  /** What it has written to its log so far. */
  log(): string;
  /** Ends it with SIGTERM, deletes its folder unless it was given, and tells its exit code. */
  stop(): Promise<number | null>;
  /** Ends it with SIGKILL. The folder stays. */
  kill(): Promise<void>;
};

export type TestServerOptions = {
  harness?: 'auto' | 'demo' | 'lmms-eval';
  /** More flags, e.g. `['--slots', '2']`. */
  flags?: string[];
  env?: Record<string, string>;
  /** The folder of an earlier server; without it an empty one is made. */
  dataDir?: string;
  /** The folder that it is started in; without it that of the tests. */
  cwd?: string;
  /** Another checkout, whose sources it is started from. */
  source?: string;
  /** The one executable, in place of the sources; it gets no environment but `env`. */
  executable?: string;
  /** Where it kills itself. */
  crashAt?: CrashPoint;
  /** How often it comes there before it does; the first time unless said. */
  crashTimes?: number;
};

/** Starts the real server as a process of its own, on a free port. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { harness = 'demo', flags = [], env = {}, crashAt, crashTimes = 1, cwd } = options;
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'evald-test-')));
  const own = options.source === undefined ? main : join(options.source, 'src/evald.ts');
  const program = crashAt === undefined ? own : crashing;
  const { executable } = options;
  const words = executable === undefined ? [process.execPath, program] : [executable];
  const tests = Object.keys(env).some((name) => name.startsWith('TEST_')) ? ['--pass-env', 'TEST_*'] : [];
  const where = ['--port', '0', '--host', '127.0.0.1', '--data-dir', dataDir];
  const [command = '', ...first] = words;
  const child = spawn(command, [...first, ...where, '--harness', harness, '--grace', '5', ...tests, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(cwd !== undefined && { cwd }),
    env: {
      ...(executable === undefined && process.env),
      ...env,
      ...(crashAt && { TEST_CRASH: crashAt, TEST_CRASH_TIMES: String(crashTimes) }),
    },
  });
  let log = '';
  const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
  child.stderr?.on('data', (chunk) => {
    log += chunk;
    const url = /listens on (https?:\S+);/.exec(log)?.[1];
    if (url !== undefined) resolve(url);
  });
  child.once('exit', (code) => reject(new Error(`the server ended with code ${code}: ${log}`)));

  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    url: await listening,
    dataDir,
    process: child,
    log: () => log,
    stop: async () => {
      await end('SIGTERM');
      if (options.dataDir === undefined) await removeFolder(dataDir);
      return child.exitCode;
    },
    kill: () => end('SIGKILL'),
  };
}
