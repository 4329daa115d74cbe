import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { retryAnswerSchema } from '../../src/schemas/job/control.ts';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { fixture } from '../support/runs/localRun.ts';
import { processesOf } from '../support/runs/processes.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

/** As curl sends it: no body, no content type. */
const post = (url: string, headers: Record<string, string> = {}) => send(url, { method: 'POST', headers });

async function retry(url: string, jobId: string, query = '', headers: Record<string, string> = {}) {
  const answer = await post(`${url}/jobs/${jobId}/retry${query}`, headers);
  expect(answer.status, answer.text).toBe(200);
  return retryAnswerSchema.parse(answer.json);
}

describe.concurrent('stopping', () => {
  test('stopping ends a run that ignores TERM; its job fails as stopped when no process is left, and the next one starts', async (context) => {
    const flags = ['--python', fixture('stubborn-lmms-eval'), '--grace', '0.5'];
    const server = await startServer({ harness: 'lmms-eval', flags });
    context.onTestFinished(async () => void (await server.stop()));
    const anything = { model: 'any', tasks: ['any'] };
    const [running, next] = [await submit(server.url, anything), await submit(server.url, anything)];
    const { log } = await jobWhen(server.url, running, ({ log }) => log !== null);
    await eventually(async () => (await readFile(String(log), 'utf8')).includes('ready'));
    expect(await post(`${server.url}/jobs/${running}/stop`)).toMatchObject({
      status: 202,
      json: { message: `Job ${running} is being stopped` },
    });
    const stopped = await endedJob(server.url, running);
    expect(stopped).toMatchObject({
      status: 'failed',
      failure_kind: 'stopped',
      error: expect.stringContaining('stopped on request'),
    });
    expect(await processesOf(running)).toEqual([]);
    await jobWhen(server.url, next, ({ status }) => status === 'running');
  });

  test('stopping is refused for a job that waits, that has ended, or that is not known', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const server = await counted.start();
    const running = await submit(server.url, counted.request('a'));
    const queued = await submit(server.url, counted.request('b'));
    expect(await post(`${server.url}/jobs/${queued}/stop`)).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining(`DELETE /jobs/${queued}`) },
    });
    expect(await post(`${server.url}/jobs/nobody/stop`)).toMatchObject({ status: 404 });
    await counted.release();
    await endedJob(server.url, running);
    expect(await post(`${server.url}/jobs/${running}/stop`)).toMatchObject({ status: 400 });
  });
});

describe.concurrent('retries', () => {
  test('a retry queues the same request with the same options as a new job; the two refer to each other, after a restart too', async (context) => {
    const counted = await countedRuns(context);
    const first = await counted.start();
    const options = { labels: { run: 'r7' }, priority: 3 };
    const old = await submit(first.url, { ...counted.request('a'), ...options });
    const before = await endedJob(first.url, old);
    const answer = await retry(first.url, old);
    expect(answer).toMatchObject({ status: 'queued', position_in_queue: 0, retry_of: old, warnings: [] });
    await endedJob(first.url, answer.job_id);
    const again = await retry(first.url, old);
    await endedJob(first.url, again.job_id);
    await first.kill();

    const server = await counted.start();
    const [known, repeated] = [await getJob(server.url, old), await getJob(server.url, answer.job_id)];
    expect(known).toEqual({ ...before, retries: [answer.job_id, again.job_id] });
    expect(repeated).toMatchObject({ status: 'completed', retry_of: old, request: before.request, ...options });
    expect(await counted.runs()).toEqual(['a', 'a', 'a']);
  });

  test('a retry takes back nothing: a job that waits or runs is refused, and so is one that is not known', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const server = await counted.start();
    const running = await submit(server.url, counted.request('a'));
    const queued = await submit(server.url, counted.request('b'));
    await jobWhen(server.url, running, ({ status }) => status === 'running');
    const refusals: [string, number, string][] = [
      [running, 409, `is running: only an ended job can be repeated. POST /jobs/${running}/stop`],
      [queued, 409, `is queued: only an ended job can be repeated. DELETE /jobs/${queued}`],
      ['nobody', 404, 'Job nobody not found'],
    ];
    for (const [jobId, status, words] of refusals) {
      expect(await post(`${server.url}/jobs/${jobId}/retry`)).toMatchObject({
        status,
        json: { detail: expect.stringContaining(words) },
      });
    }
    expect(await send(`${server.url}/jobs/${queued}`, { method: 'DELETE' })).toMatchObject({ status: 200 });
    expect(await retry(server.url, queued)).toMatchObject({ retry_of: queued });
  });

  test('a retry with an Idempotency-Key happens once', async (context) => {
    const counted = await countedRuns(context);
    const server = await counted.start();
    const old = await submit(server.url, counted.request('a'));
    await endedJob(server.url, old);
    const key = { 'idempotency-key': 'again' };
    const first = await retry(server.url, old, '', key);
    await endedJob(server.url, first.job_id);
    expect(await retry(server.url, old, '', key)).toMatchObject({ job_id: first.job_id, status: 'completed' });
    const other = await submit(server.url, counted.request('b'));
    await endedJob(server.url, other);
    expect(await post(`${server.url}/jobs/${other}/retry`, key)).toMatchObject({ status: 409 });
    expect(await post(`${server.url}/jobs/${old}/retry`, { 'idempotency-key': 'two words' })).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['header', 'idempotency-key'] }] },
    });
    expect((await getJob(server.url, old)).retries).toEqual([first.job_id]);
  });

  test('a retry of only what is missing runs the tasks without results, and nothing when there are none', async (context) => {
    // Writes results for the first task only.
    const flags = ['--python', fixture('fake-lmms-eval.mjs')];
    const server = await startServer({ harness: 'lmms-eval', flags });
    context.onTestFinished(async () => void (await server.stop()));
    const old = await submit(server.url, { model: 'half', tasks: ['t1', 't2', 't3'] });
    expect(await endedJob(server.url, old)).toMatchObject({ failure_kind: 'incompleteResults' });
    const rest = await retry(server.url, old, '?missing=1');
    expect((await endedJob(server.url, rest.job_id)).request.tasks).toEqual(['t2', 't3']);

    const whole = await submit(server.url, { model: 'good', tasks: ['t1'] });
    await endedJob(server.url, whole);
    expect(await post(`${server.url}/jobs/${whole}/retry?missing=yes`)).toMatchObject({
      status: 409,
      json: { detail: `Job ${whole} has results for every task` },
    });
    const none = await submit(server.url, { model: 'nothing', tasks: ['t1', 't2'] });
    expect(await endedJob(server.url, none)).toMatchObject({ failure_kind: 'noResults' });
    expect((await getJob(server.url, (await retry(server.url, none, '?missing=1')).job_id)).request.tasks).toEqual([
      't1',
      't2',
    ]);
    expect(await post(`${server.url}/jobs/${none}/retry?missing=maybe`)).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['query', 'missing'] }] },
    });
  });
});
