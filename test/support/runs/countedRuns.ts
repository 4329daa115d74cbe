import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { removeFolder } from '../files/removeFolder.ts';
import { startServer, type TestServer, type TestServerOptions } from '../server/server.ts';
import { fixture } from './localRun.ts';

/** A Python that runs are started warm from, which sets no variables as a wrapper script may. */
export const plainPython = (): string =>
  execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();

/**
 * A data folder of a test's own, and a harness there that notes each of its runs.
 * @param isWarm whether runs are started warm: then the harness is a Python module, otherwise a shell script.
 */
export async function countedRuns({ onTestFinished }: Pick<TestContext, 'onTestFinished'>, isWarm = false) {
  const folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  const servers: TestServer[] = [];
  onTestFinished(async () => {
    for (const server of servers) await server.stop();
    await removeFolder(folder);
  });
  const file = join(folder, 'runs');
  const hold = join(folder, 'hold');
  const dataDir = join(folder, 'data');
  await writeFile(file, '');
  const phase = join(folder, 'phase');
  const env = { TEST_RUNS: file, TEST_HOLD: hold };
  const modules = [fixture('warm/quick'), fixture('python')].join(':');
  const options: TestServerOptions = {
    harness: 'lmms-eval',
    ...(isWarm
      ? {
          flags: ['--python', plainPython(), '--warm-starts', 'true'],
          env: { ...env, TEST_PHASE: phase, PYTHONPATH: modules, PYTHONDONTWRITEBYTECODE: '1' },
        }
      : { flags: ['--python', fixture('counting-lmms-eval')], env }),
    dataDir,
  };
  const tagsIn = async (path: string) =>
    (await readFile(path, 'utf8'))
      .split('\n')
      .filter(Boolean)
      .map((line) => line.replace('tag=', ''));
  return {
    folder,
    dataDir,
    /** How a server on the folder is started. */
    options,
    /** Starts a server on the folder; it is stopped when the test has finished. */
    start: async (more: Pick<TestServerOptions, 'crashAt' | 'crashTimes' | 'env'> & { flags?: string[] } = {}) => {
      const flags = [...(options.flags ?? []), ...(more.flags ?? [])];
      const server = await startServer({ ...options, ...more, flags, env: { ...options.env, ...more.env } });
      servers.push(server);
      return server;
    },
    /** The tags of the runs that began, in order. */
    runs: () => tagsIn(file),
    /** The tags of those of them that were started warm. */
    warmRuns: () => tagsIn(`${file}.warm`).catch(() => []),
    /** The parent of warm starts, or the server, is killed once a run comes to a phase (`fixtures/warm/quick`). */
    killAt: (victim: 'parent' | 'server', name: string) => writeFile(phase, `${victim} ${name}`),
    /** Whether it was. */
    wasKilled: () => !existsSync(phase),
    /** Runs that begin from now on wait until they are released. */
    hold: () => writeFile(hold, ''),
    release: () => rm(hold, { force: true }),
    /** A request whose run is noted under a tag. */
    request: (tag: string) => ({ model: 'dummy', tasks: ['t1'], model_args: { tag } }),
  };
}
