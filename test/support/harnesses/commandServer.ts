import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
  const noted = join(folder, 'noted-runs');
  const close = async () => {
    for (const name of await readdir(folder))
      if (name.startsWith('hold')) await rm(join(folder, name), { force: true });
    for (const server of servers) await server.stop();
    await removeFolder(folder);
  };
  context?.onTestFinished(close);
  const program = [process.execPath, fixture('command-harness.mjs')];
  const file = join(folder, 'mine.json');
  const content = {
    command: [...program, ...words, `--hold=${hold}`],
    env: { GREETING: 'hello', NOTED_RUNS: noted },
    progress: '(?<phase>\\w+): sample (?<done>\\d+)/(?<total>\\d+)',
    list_tasks: [...program, '--list'],
    ...more,
  };
  await writeFile(file, JSON.stringify(content, null, 1));
  return {
    folder,
    close,
    dataDir: join(folder, 'data'),
    start: async ({ flags = [], ...options }: Omit<TestServerOptions, 'dataDir'> = {}) => {
      const named = ['--command-harness', `mine=${file}`, ...flags];
      const server = await startServer({ ...options, dataDir: join(folder, 'data'), flags: named });
      servers.push(server);
      return server;
    },
    /** Holds runs, or those of a task, until they are released. */
    hold: (task?: string) => writeFile(task === undefined ? hold : `${hold}.${task}`, ''),
    release: (task?: string) => rm(task === undefined ? hold : `${hold}.${task}`, { force: true }),
    /** The tasks of each run that has begun, in order. */
    runs: async () => (await readFile(noted, 'utf8').catch(() => '')).split('\n').filter(Boolean),
    /** An evaluation by it. */
    request: (model: string, more: object = {}) => ({
      model,
      tasks: ['letters', 'digits'],
      harness: 'command:mine',
      ...more,
    }),
  };
}
