import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findRepeated } from '../../src/http/findJob.ts';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { artifactsSchema } from '../../src/schemas/results/artifacts.ts';
import { jobResultsSchema } from '../../src/schemas/results/jobResults.ts';
import { samplesPageSchema } from '../../src/schemas/results/samplesPage.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { fixture } from '../support/runs/localRun.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

let server: TestServer;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  const flags = ['--python', fixture('fake-lmms-eval.mjs'), '--slots', '4', '--linger', '0.2', '--check-names', 'off'];
  server = await startServer({ harness: 'lmms-eval', flags });
});
afterAll(async () => {
  await server.stop();
  await removeFolder(folder);
});

const run = async (request: object) => endedJob(server.url, await submit(server.url, request));
const get = (path: string) => send(`${server.url}/jobs/${path}`, { method: 'GET' });
const resultsOf = async (id: string) => jobResultsSchema.parse((await get(`${id}/results`)).json);
const retry = async (id: string) => {
  const { status, json } = await send(`${server.url}/jobs/${id}/retry?missing=1`, { method: 'POST' });
  expect(status).toBe(200);
  return endedJob(server.url, (json as { job_id: string }).job_id);
};
const acc = { value: 0.5, stderr: 0.1, higher_is_better: null, n: null };

describe('a job that failed after it had saved its results', () => {
  test('a job that failed after it had saved its results shows them as partial, in the job, results, samples and artifacts', async () => {
    const job = await run({ model: 'dies', tasks: ['t1'], output_dir: join(folder, 'named') });
    expect(job).toMatchObject({
      status: 'failed',
      failure_kind: 'exited',
      metrics: null,
      result: null,
      partial_metrics: { t1: { acc } },
      partial_result: { org__name: { samples: [expect.stringContaining('_samples_t1.jsonl')] } },
      provenance: { harness: 'lmms-eval', num_gpus: 1, arguments: { model: 'dies' }, tasks: { t1: {} } },
    });
    expect(await resultsOf(job.job_id)).toMatchObject({
      partial: true,
      failure_kind: 'exited',
      metrics: { t1: { acc } },
      merged: null,
      files: job.partial_result,
    });
    expect(samplesPageSchema.parse((await get(`${job.job_id}/samples/t1`)).json)).toMatchObject({
      partial: true,
      total: 1,
    });
    const { files } = artifactsSchema.parse((await get(`${job.job_id}/artifacts`)).json);
    expect(files.map(({ path }) => path)).toContain('org__name/20261124_112235_results.json');
    // It has results of every task: there is nothing to run again.
    expect(await send(`${server.url}/jobs/${job.job_id}/retry?missing=1`, { method: 'POST' })).toMatchObject({
      status: 409,
      json: { detail: `Job ${job.job_id} has results for every task` },
    });
  });

  test('results that are all there, of a job that ended well, are not shown as partial', async () => {
    const job = await run({ model: 'good', tasks: ['t1'] });
    expect(job).toMatchObject({ status: 'completed', partial_metrics: null, partial_result: null });
    expect(await resultsOf(job.job_id)).toMatchObject({ partial: false, failure_kind: null, merged: null });
    expect((await get(`${job.job_id}/samples/t1`)).json).toMatchObject({ partial: false });
  });
});

test('retries of what is missing are merged with the jobs before them: each score says of which job it is', async () => {
  // Each run has results of its first task, and then fails.
  const first = await run({ model: 'half-dies', tasks: ['t1', 't2', 't3'] });
  const second = await retry(first.job_id);
  const third = await retry(second.job_id);
  expect([second.request.tasks, third.request.tasks]).toEqual([['t2', 't3'], ['t3']]);
  expect(await resultsOf(third.job_id)).toMatchObject({
    partial: true,
    metrics: { t3: { acc } },
    merged: {
      metrics: { t1: { acc }, t2: { acc }, t3: { acc } },
      jobs: { t1: first.job_id, t2: second.job_id, t3: third.job_id },
    },
  });
  expect((await resultsOf(second.job_id)).merged?.jobs).toEqual({ t1: first.job_id, t2: second.job_id });
  expect((await resultsOf(first.job_id)).merged).toBeNull();
});

test('a run that hangs after its results is ended and completed by them, one with half of them goes on', async () => {
  const half = await submit(server.url, { model: 'half-hangs', tasks: ['t1', 't2'] });
  const job = await run({ model: 'hangs', tasks: ['t1'] });
  expect(job).toMatchObject({
    status: 'completed',
    metrics: { t1: { acc } },
    warnings: [expect.stringMatching(/hung after its results were written/)],
  });
  expect((await get(half)).json).toMatchObject({ status: 'running' });
  await send(`${server.url}/jobs/${half}/stop`, { method: 'POST' });
  expect(await endedJob(server.url, half)).toMatchObject({
    failure_kind: 'stopped',
    partial_metrics: { t1: { acc } },
  });
});

test('jobs are merged only where their requests differ in nothing but the tasks', () => {
  const job = (id: string, retry_of: string | null, model = 'm', tasks = ['t']) =>
    ({ job_id: id, retry_of, request: { model, tasks } }) as unknown as JobInfo;
  const jobs = [job('a', null, 'other'), job('b', 'a'), job('c', 'b', 'm', ['u']), job('loop', 'loop')];
  const scheduler = { getJobWithPosition: (id: string) => jobs.find(({ job_id }) => job_id === id) };
  const found = (id: string) => findRepeated(scheduler, job('d', id)).map(({ job_id }) => job_id);
  expect(found('c')).toEqual(['c', 'b']);
  expect(found('forgotten')).toEqual([]);
  expect(found('loop')).toEqual(['loop']);
});
