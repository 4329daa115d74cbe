import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../../src/client/index.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { startServer } from '../support/server/server.ts';

/** A name that would be shown from right to left, and what is shown of it. */
export const EVIL = { name: 'r9\u202e', shown: 'r9\ufffd' };

const tasks = ['demo_digits', 'demo_shapes'];

export type Scored = {
  /** A folder of the test. */
  folder: string;
  env: Record<string, string>;
  /** The job of a run and step: `r7-1000`. */
  idOf(name: string): string;
  stop(): Promise<void>;
};

/** A server with runs at several steps: r6, r7 (whose step 2000 failed), r8, and one that waits. */
export async function startScored(): Promise<Scored> {
  const server = await startServer();
  const folder = await mkdtemp(join(tmpdir(), 'evald-scores-'));
  const client = createClient({ server: server.url });
  const jobs = new Map<string, string>();
  const submit = async (model: string, run: string, step: number, slow?: { delay: number; timeout: number }) => {
    const { job_id } = await client.submit({
      ...{ model, tasks, labels: { run, step: String(step) }, timeout: slow?.timeout },
      model_args: { pretrained: `/ckpt/${run}/step-${step}`, ...(slow !== undefined && { delay: slow.delay }) },
    });
    jobs.set(`${run === EVIL.name ? 'r9' : run}-${step}`, job_id);
    return job_id;
  };
  const ids = [
    await submit('random', 'r6', 1_000),
    await submit('nearest-template', 'r7', 1_000),
    await submit('nearest-template', 'r7', 3_000),
    await submit('majority', 'r8', 1_000),
    await submit('majority', 'r8', 2_000),
    await submit('nearest-template', 'r7', 2_000, { delay: 10, timeout: 1 }),
  ];
  for (const id of ids) await client.wait(id);
  await client.pause();
  await submit('nearest-template', EVIL.name, 1_000);
  return {
    folder,
    env: { EVALD_SERVER: server.url, XDG_CONFIG_HOME: folder },
    idOf: (name) => jobs.get(name) ?? '',
    stop: async () => {
      await server.stop();
      await removeFolder(folder);
    },
  };
}
