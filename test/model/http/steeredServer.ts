import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { jobInfoSchema } from '../../../src/schemas/job/job.ts';
import { queueSchema } from '../../../src/schemas/queue/queue.ts';
import { submitAnswerSchema } from '../../../src/schemas/submission/submission.ts';
import { removeFolder } from '../../support/files/removeFolder.ts';
import { type SentAnswer, send } from '../../support/requests/send.ts';
import { fixture } from '../../support/runs/localRun.ts';
import { startServer } from '../../support/server/server.ts';

/** A real server whose programs do what a test tells them, each by its tag. */
export async function steeredServer(flags: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  const server = await startServer({
    harness: 'lmms-eval',
    flags: ['--python', fixture('steered-lmms-eval'), '--grace', '1', ...flags],
    env: { TEST_STEPS: folder },
    dataDir: join(folder, 'data'),
  });
  const { url } = server;
  const file = (tag: string, word: string) => join(folder, `${tag}.${word}`);

  const post = (tag: string, more: object = {}, headers: Record<string, string> = {}): Promise<SentAnswer> =>
    send(`${url}/evaluate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ model: 'dummy', tasks: ['t1'], model_args: { tag }, ...more }),
    });
  return {
    url,
    server,
    post,
    submit: async (tag: string, more: object = {}) => submitAnswerSchema.parse((await post(tag, more)).json).job_id,
    cancel: (jobId: string): Promise<SentAnswer> => send(`${url}/jobs/${jobId}`, { method: 'DELETE' }),
    reprioritise: (jobId: string, priority: number): Promise<SentAnswer> =>
      send(`${url}/jobs/${jobId}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ priority }),
      }),
    job: async (jobId: string) => jobInfoSchema.parse((await send(`${url}/jobs/${jobId}`, { method: 'GET' })).json),
    queue: async () => queueSchema.parse((await send(`${url}/queue`, { method: 'GET' })).json),
    /** Tells the program of a run. */
    tell: (tag: string, word: 'progress' | 'complete' | 'fail' | 'leave' | 'gone') => writeFile(file(tag, word), ''),
    /** What a program has noted: that it left a process behind, that this process was asked to end. */
    noted: (tag: string, word: 'left' | 'asked') => file(tag, word),
    /** Rows in the journal's record of events; those of launches do not count, for they come when the backend is ready. */
    events: (): number => {
      const database = new DatabaseSync(join(folder, 'data', 'journal.db'), { readOnly: true });
      const row = database.prepare('SELECT count(*) AS count FROM events WHERE type <> ?').get('launched');
      database.close();
      return Number(row?.['count']);
    },
    stop: async () => {
      await server.stop();
      await removeFolder(folder);
    },
  };
}

export type SteeredServer = Awaited<ReturnType<typeof steeredServer>>;
