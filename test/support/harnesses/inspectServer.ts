import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../files/removeFolder.ts';
import { inspectPython } from '../needs.ts';
import { writeInspectTasks } from '../runs/inspectTasks.ts';
import { startServer, type TestServer, type TestServerOptions } from '../server/server.ts';

export type InspectFolder = {
  folder: string;
  /** A task of it, as a request names it. */
  task(name: string): string;
  /** Has runs of `held` wait before their samples are answered, until it is released. */
  hold(): Promise<void>;
  release(): Promise<void>;
  /** Pids of the runs of it that have come so far. */
  begun(): Promise<number[]>;
  /** Ids of the samples of `breaks` and `half` that were tried, in order. */
  tried(): Promise<string[]>;
  /** Has `breaks` and `half` succeed from now on. */
  mend(): Promise<void>;
  /** Starts a server whose default is the demo, with inspect beside it. */
  start(options?: TestServerOptions): Promise<TestServer>;
  remove(): Promise<void>;
};

/** A folder with tiny tasks of inspect (`inspectTasks.ts`), and servers that have the real one. */
export async function makeInspectFolder(): Promise<InspectFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'evald-inspect-'));
  const file = await writeInspectTasks(folder);
  const held = join(folder, 'held');
  const linesOf = async (name: string) =>
    (await readFile(join(folder, name), 'utf8').catch(() => '')).split('\n').filter(Boolean);
  return {
    folder,
    task: (name) => `${file}@${name}`,
    hold: () => writeFile(held, ''),
    release: () => rm(held, { force: true }),
    begun: async () => [...new Set((await linesOf('begun')).map(Number))],
    tried: () => linesOf('tried'),
    mend: () => writeFile(join(folder, 'mended'), ''),
    start: ({ flags = [], ...more } = {}) =>
      startServer({ ...more, flags: ['--inspect-python', inspectPython, '--slots', '2', ...flags] }),
    remove: () => removeFolder(folder),
  };
}
