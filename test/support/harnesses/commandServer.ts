import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { removeFolder } from '../files/removeFolder.ts';
import { fixture } from '../runs/localRun.ts';
import { startServer, type TestServer, type TestServerOptions } from '../server/server.ts';

/** The words of the fixture, each with what it stands for. */
const words = ['output', 'model', 'tasks', 'limit', 'config'].map((name) => `--${name}={${name}}`);

/**
 * A folder with the file of a command `mine`, whose runs can be held, and servers that have it. @param context a test that they end with;
 * null: they are ended by `close`.
 */
export async function commandServers(context: Pick<TestContext, 'onTestFinished'> | null, more: object = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  const servers: TestServer[] = [];
  const hold = join(folder, 'hold');
  const close = async () => {
    await rm(hold, { force: true });
    for (const server of servers) await server.stop();
    await removeFolder(folder);
  };
  context?.onTestFinished(close);
  const program = [process.execPath, fixture('command-harness.mjs')];
  const file = join(folder, 'mine.json');
  const content = {
    command: [...program, ...words, `--hold=${hold}`],
    env: { GREETING: 'hello' },
    progress: '(?<phase>\\w+): sample (?<done>\\d+)/(?<total>\\d+)',
    list_tasks: [...program, '--list'],
    ...more,
  };
  await writeFile(file, JSON.stringify(content, null, 1));
  return {
    folder,
    close,
    dataDir: join(folder, 'data'),
    start: async ({ flags = [], ...options }: Pick<TestServerOptions, 'flags' | 'env'> = {}) => {
      const named = ['--command-harness', `mine=${file}`, ...flags];
      const server = await startServer({ ...options, dataDir: join(folder, 'data'), flags: named });
      servers.push(server);
      return server;
    },
    hold: () => writeFile(hold, ''),
    release: () => rm(hold, { force: true }),
    /** An evaluation by it. */
    request: (model: string, more: object = {}) => ({
      model,
      tasks: ['letters', 'digits'],
      harness: 'command:mine',
      ...more,
    }),
  };
}
