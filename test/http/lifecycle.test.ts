import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Queue, queueSchema } from '../../src/schemas/queue/queue.ts';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { processesOf } from '../support/runs/processes.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };
const endless = { ...quick, model_args: { delay: 3600 } };

const cancel = (jobId: string) => send(`${server.url}/jobs/${jobId}`, { method: 'DELETE' });

async function queue(): Promise<Queue> {
  return queueSchema.parse((await send(`${server.url}/queue`, { method: 'GET' })).json);
}

/** A job whose program waits for an hour before its first answer, once that program is there. */
async function startEndless(): Promise<string> {
  const jobId = await submit(server.url, endless);
  await jobWhen(server.url, jobId, ({ progress }) => progress !== null);
  return jobId;
}

/** Ends the run of a job as somebody with a shell would. */
async function killRun(jobId: string): Promise<void> {
  for (const pid of await processesOf(`lmms_eval_${jobId}`)) process.kill(pid, 'SIGKILL');
  await endedJob(server.url, jobId);
}

test('a completed job has its files, its numbers and its log, and no position in the queue', async () => {
  const jobId = await submit(server.url, { ...quick, model_args: { pretrained: 'org/toy' } });
  const job = await endedJob(server.url, jobId);
  expect(job).toMatchObject({ status: 'completed', error: null, failure_kind: null, position_in_queue: null });
  expect(job.metrics).toEqual({
    demo_digits: {
      acc: {
        value: expect.any(Number),
        stderr: expect.any(Number),
        stderr_clt: expect.any(Number),
        stderr_clustered: null,
        higher_is_better: true,
        n: 5,
        n_failed: 0,
        n_empty: 0,
        n_unscored: 0,
        filter: 'none',
      },
    },
  });
  const own = join(server.dataDir, 'outputs', `lmms_eval_${jobId}`);
  const { results, samples } = job.result?.['org__toy'] ?? { results: '', samples: [] };
  expect(samples).toHaveLength(1);
  for (const path of [results, ...samples, job.log ?? '']) {
    expect(path.startsWith(`${own}/`), path).toBe(true);
    expect(existsSync(path), path).toBe(true);
  }
  const written = JSON.parse(await readFile(results, 'utf8')).results.demo_digits['acc,none'];
  expect(job.metrics?.['demo_digits']?.['acc']?.value).toBe(written);
  const times = [job.created_at, job.started_at, job.completed_at].map((time) => Date.parse(String(time)));
  expect(times).toEqual(times.toSorted((one, other) => one - other));
});

test('a job whose harness refuses it is failed with the message of the harness, although it exits 0', async () => {
  const job = await endedJob(server.url, await submit(server.url, { ...quick, tasks: ['nosuch'] }));
  expect(job).toMatchObject({
    status: 'failed',
    failure_kind: 'harness',
    error: expect.stringContaining('Tasks were not found: nosuch'),
    result: null,
    metrics: null,
  });
});

test('a run that is killed from outside is failed with the signal, and the next job runs', async () => {
  const jobId = await startEndless();
  const next = await submit(server.url, quick);
  await killRun(jobId);
  expect(await getJob(server.url, jobId)).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(/^Evaluation failed with return code -9.* Last lines of \//),
  });
  expect(await endedJob(server.url, next)).toMatchObject({ status: 'completed' });
});

describe('while a job runs', () => {
  let running: string;
  beforeAll(async () => {
    running = await startEndless();
  });
  afterAll(() => killRun(running));

  test('the queue lists ids in order while a job runs, and positions follow every cancellation', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) {
      const answer = await send(`${server.url}/evaluate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(quick),
      });
      expect(answer.json).toMatchObject({
        position_in_queue: n,
        message: `Job queued successfully. Position in queue: ${n}`,
      });
      ids.push(Object(answer.json).job_id);
    }
    const before = await queue();
    expect(before).toMatchObject({ running_job: running, running_jobs: [running], queued_jobs: ids, queue_size: 6 });
    const waiting = [...ids];
    // From the middle, the end, the front, until none is left.
    for (const at of [2, 4, 0, 1, 1, 0]) {
      const [jobId = ''] = waiting.splice(at, 1);
      expect(await cancel(jobId)).toMatchObject({ status: 200, json: { message: `Job ${jobId} cancelled` } });
      const after = await queue();
      expect(after).toMatchObject({ queued_jobs: waiting, queue_size: waiting.length, running_job: running });
      const jobs = await Promise.all(waiting.map((id) => getJob(server.url, id)));
      expect(jobs.map(({ position_in_queue }) => position_in_queue)).toEqual(waiting.map((_, position) => position));
      expect(await getJob(server.url, jobId)).toMatchObject({ status: 'cancelled', position_in_queue: null });
    }
    expect((await queue()).cancelled_jobs).toBe(before.cancelled_jobs + 6);
    expect(await send(`${server.url}/health`, { method: 'GET' })).toMatchObject({ json: { queue_size: 0 } });
  });

  test('a cancellation is answered in the text of the original, and with the way out, in every state', async () => {
    const queued = await submit(server.url, quick);
    expect(await cancel(queued)).toMatchObject({ status: 200, json: { message: `Job ${queued} cancelled` } });
    const over = { status: 400, json: { detail: 'Job already finished or cancelled' } };
    expect(await cancel(queued)).toMatchObject(over);
    const detail = `Cannot cancel a running job: POST /jobs/${running}/stop ends it`;
    expect(await cancel(running)).toMatchObject({ status: 400, json: { detail } });
    expect(await getJob(server.url, running)).toMatchObject({ status: 'running', position_in_queue: null });
    expect(await cancel('nosuch')).toMatchObject({ status: 404, json: { detail: 'Job nosuch not found' } });
  });
});

test.each([
  ['completed', quick],
  ['failed', { ...quick, model: 'nosuch' }],
])('a %s job cannot be cancelled, and stays what it is', async (status, request) => {
  const jobId = await submit(server.url, request);
  expect(await endedJob(server.url, jobId)).toMatchObject({ status });
  const before = await queue();
  expect(await cancel(jobId)).toMatchObject({ status: 400, json: { detail: 'Job already finished or cancelled' } });
  expect(await getJob(server.url, jobId)).toMatchObject({ status });
  expect(await queue()).toEqual(before);
});
