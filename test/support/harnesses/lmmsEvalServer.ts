import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../files/removeFolder.ts';
import { lmmsEvalPython } from '../needs.ts';
import { offline, type TinyTasks, writeTinyTasks } from '../runs/tinyTask.ts';
import { startServer, type TestServer } from '../server/server.ts';

export type LmmsEvalServer = {
  server: TestServer;
  tiny: TinyTasks;
  /** A folder for whatever a test wants; goes with the server. */
  folder: string;
  stop(): Promise<void>;
};

/** Starts the server on the real lmms-eval with the tiny tasks, as its operator would: nothing names the harness. */
export async function startLmmsEvalServer(
  flags: string[] = [],
  env: Record<string, string> = {},
): Promise<LmmsEvalServer> {
  const folder = await mkdtemp(join(tmpdir(), 'evald-tiny-'));
  const tiny = await writeTinyTasks(lmmsEvalPython, folder);
  const server = await startServer({
    harness: 'auto',
    flags: ['--python', lmmsEvalPython, '--extra-args', `--include_path "${tiny.includePath}"`, ...flags],
    env: { ...offline, ...env },
  });
  return {
    server,
    tiny,
    folder,
    stop: async () => {
      await server.stop();
      await removeFolder(folder);
    },
  };
}
