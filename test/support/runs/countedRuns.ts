import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { removeFolder } from '../files/removeFolder.ts';
import { startServer, type TestServer, type TestServerOptions } from '../server/server.ts';
import { fixture } from './localRun.ts';

/** A data folder of a test's own, and a harness there that notes each of its runs. */
export async function countedRuns({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
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
  const options: TestServerOptions = {
    harness: 'lmms-eval',
    flags: ['--python', fixture('counting-lmms-eval')],
    env: { EVALD_TEST_RUNS: file, EVALD_TEST_HOLD: hold },
    dataDir,
  };
  return {
    folder,
    dataDir,
    /** How a server on the folder is started. */
    options,
    /** Starts a server on the folder; it is stopped when the test has finished. */
    start: async (more: Pick<TestServerOptions, 'crashAt' | 'env'> & { flags?: string[] } = {}) => {
      const flags = [...(options.flags ?? []), ...(more.flags ?? [])];
      const server = await startServer({ ...options, ...more, flags, env: { ...options.env, ...more.env } });
      servers.push(server);
      return server;
    },
    /** The tags of the runs that began, in order. */
    runs: async () =>
      (await readFile(file, 'utf8'))
        .split('\n')
        .filter(Boolean)
        .map((line) => line.replace('tag=', '')),
    /** Runs that begin from now on wait until they are released. */
    hold: () => writeFile(hold, ''),
    release: () => rm(hold, { force: true }),
    /** A request whose run is noted under a tag. */
    request: (tag: string) => ({ model: 'dummy', tasks: ['t1'], model_args: { tag } }),
  };
}
