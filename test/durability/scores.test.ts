import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ScoreList, scoreListSchema } from '../../src/schemas/scores/score.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import type { CrashPoint } from '../support/server/crashingServer.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };

async function list(query: string, url: string): Promise<ScoreList> {
  const answer = await send(`${url}/scores${query}`, { method: 'GET' });
  expect(answer.status, answer.text).toBe(200);
  return scoreListSchema.parse(answer.json);
}

const folder = async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'evald-test-'));
  onTestFinished(() => removeFolder(dataDir));
  return dataDir;
};

describe('scores', () => {
  test('scores outlive a restart, and the job that they are of, whose files are gone', async () => {
    const dataDir = await folder();
    const first = await startServer({ dataDir });
    const jobId = (await endedJob(first.url, await submit(first.url, quick))).job_id;
    const before = await list('', first.url);
    await first.stop();
    const second = await startServer({ dataDir, flags: ['--history', '0', '--max-completed-jobs', '0'] });
    await eventually(async () => (await send(`${second.url}/jobs/${jobId}`, { method: 'GET' })).status === 404);
    expect(await list('?missing=true', second.url)).toEqual(before);
    expect(before.scores).toHaveLength(1);
    await second.stop();
  });

  test('scores go when they are as old as they may be, though their job stays, and are for ever unless said', async () => {
    const dataDir = await folder();
    const first = await startServer({ dataDir });
    await endedJob(first.url, await submit(first.url, quick));
    await first.kill();
    await age(dataDir, 3);
    const second = await startServer({ dataDir, flags: ['--scores-days', '4'] });
    expect((await list('', second.url)).scores).toHaveLength(1);
    await second.stop();
    const third = await startServer({ dataDir, flags: ['--scores-days', '2'] });
    await eventually(async () => (await list('', third.url)).scores.length === 0);
    // The job is still there, and says that it completed: its scores are not missing, they were deleted.
    expect((await send(`${third.url}/jobs?status=completed`, { method: 'GET' })).json).toMatchObject({ jobs: [{}] });
    expect((await list('?missing=true', third.url)).missing).toEqual([]);
    await third.stop();
  });

  test.each<CrashPoint>([
    'after the exit, before collecting',
    'after collecting, before the outcome is written',
    'after the commit of the outcome, before it is applied',
  ])('scores of a job are there once, with its end, when the server is killed %s', async (crashAt) => {
    const dataDir = await folder();
    const first = await startServer({ dataDir, crashAt });
    const ended = new Promise((resolve) => first.process.once('exit', resolve));
    const jobId = await submit(first.url, { ...quick, labels: { step: 1 } });
    await ended;
    const second = await startServer({ dataDir });
    await jobWhen(second.url, jobId, ({ status }) => status === 'completed');
    const { scores, missing: none } = await list('?missing=true&label=step:1', second.url);
    expect([scores.map(({ job_id, task }) => [job_id, task]), none]).toEqual([[[jobId, 'demo_digits']], []]);
    await second.stop();
  });
});

/** Has all that is on record be so many days older, in the journal's own time. */
async function age(dataDir: string, days: number): Promise<void> {
  const database = new DatabaseSync(join(dataDir, 'journal.db'));
  for (const table of ['score_jobs', 'jobs'])
    database.exec(`UPDATE ${table} SET ended_monotonic = ended_monotonic - ${days} * 86400000`);
  database.close();
}
