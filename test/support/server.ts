import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const main = new URL('../../src/main.ts', import.meta.url).pathname;

export type TestServer = {
  /** Where it answers. */
  url: string;
  dataDir: string;
  process: ChildProcess;
  /** What it has written to its log so far. */
  log(): string;
  /** Ends it with SIGTERM, deletes its folder, and tells its exit code. */
  stop(): Promise<number | null>;
};

export type TestServerOptions = {
  harness?: 'auto' | 'demo' | 'lmms-eval';
  /** More flags, e.g. `['--slots', '2']`. */
  flags?: string[];
  env?: Record<string, string>;
};

/** Starts the real server as a process of its own, on a free port and with an empty data folder. */
export async function startServer({
  harness = 'demo',
  flags = [],
  env = {},
}: TestServerOptions = {}): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'evald-test-'));
  const args = [
    main,
    '--port',
    '0',
    '--host',
    '127.0.0.1',
    '--data-dir',
    dataDir,
    '--harness',
    harness,
    '--grace',
    '5',
    ...flags,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
  let log = '';
  const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
  child.stderr?.on('data', (chunk) => {
    log += chunk;
    const url = /listens on (http:\S+);/.exec(log)?.[1];
    if (url !== undefined) resolve(url);
  });
  child.once('exit', (code) => reject(new Error(`the server ended with code ${code}: ${log}`)));
  return {
    url: await listening,
    dataDir,
    process: child,
    log: () => log,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      await rm(dataDir, { recursive: true, force: true });
      return child.exitCode;
    },
  };
}
