import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { createJobEnds } from '../../src/http/jobEnds.ts';
import { listen } from '../../src/listening/listen.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { eventually } from '../support/waiting/eventually.ts';
import { createFakeScheduler, createTestApp } from './fakes.ts';

/** Milliseconds that the answer to something took. */
async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const began = performance.now();
  return [await work, performance.now() - began];
}

const get = (url: string) => send(url, { method: 'GET' });

test.concurrent('a request that waits for a job is answered when it ends, in any way, or has ended already', async (context) => {
  const counted = await countedRuns(context);
  await counted.hold();
  const server = await counted.start();
  const [running, cancelled] = [
    await submit(server.url, counted.request('a')),
    await submit(server.url, counted.request('b')),
  ];
  const waiting = [running, cancelled].map((jobId) => get(`${server.url}/jobs/${jobId}?wait=300`));
  expect(await send(`${server.url}/jobs/${cancelled}`, { method: 'DELETE' })).toMatchObject({ status: 200 });
  expect(await waiting[1]).toMatchObject({ status: 200, json: { job_id: cancelled, status: 'cancelled' } });
  await counted.release();
  expect(await waiting[0]).toMatchObject({ status: 200, json: { job_id: running, status: 'completed' } });
  expect(await get(`${server.url}/jobs/${running}?wait=300`)).toMatchObject({ json: { status: 'completed' } });
});

test.concurrent('a request that waits for a job is answered with the job as it is when the time is over', async (context) => {
  const counted = await countedRuns(context);
  await counted.hold();
  const server = await counted.start();
  const jobId = await submit(server.url, counted.request('a'));
  const [answer, took] = await timed(get(`${server.url}/jobs/${jobId}?wait=0.2`));
  expect(answer).toMatchObject({ status: 200, json: { completed_at: null } });
  expect(took).toBeGreaterThan(190);
  await counted.release();
  await endedJob(server.url, jobId);
});

test.concurrent('a request that waits for a job is answered when the server closes, which does not wait for it', async (context) => {
  const counted = await countedRuns(context);
  await counted.hold();
  const server = await counted.start();
  const [running, queued] = [
    await submit(server.url, counted.request('a')),
    await submit(server.url, counted.request('b')),
  ];
  await jobWhen(server.url, running, ({ log }) => log !== null);
  const waiting = [running, queued].map((jobId) => get(`${server.url}/jobs/${jobId}?wait=300`));
  // Both have arrived when one sent after them is answered.
  await get(`${server.url}/jobs/${queued}?wait=0.05`);
  server.process.kill('SIGTERM');
  await once(server.process, 'exit');
  expect(server.process.exitCode).toBe(0);
  expect(await waiting[0]).toMatchObject({ json: { status: 'failed', failure_kind: 'interrupted' } });
  expect(await waiting[1]).toMatchObject({ json: { status: 'queued' } });
});

test('a client that hangs up leaves nothing behind', async () => {
  const { ends, app } = await waitingApp();
  const listening = await listen(app.fetch, ['127.0.0.1'], 0);
  onTestFinished(() => listening.close(0));
  const hangUp = new AbortController();
  const url = `http://127.0.0.1:${listening.port}/jobs/job-0?wait=300`;
  const answer = fetch(url, { signal: hangUp.signal }).catch(() => 'hung up');
  await eventually(() => ends.waiting === 1);
  hangUp.abort();
  expect(await answer).toBe('hung up');
  await eventually(() => ends.waiting === 0);
});

test('many wait at once for one job, and a client that waits for another is not answered', async () => {
  const { ends, app } = await waitingApp();
  const answers = Array.from({ length: 100 }, () => app.request('/jobs/job-0?wait=300'));
  const other = app.request('/jobs/job-1?wait=300');
  await eventually(() => ends.waiting === 101);
  ends.notify({ jobId: 'job-0', type: 'started' });
  expect(ends.waiting).toBe(101);
  ends.notify({ jobId: 'job-0', type: 'failed' });
  for (const answer of answers) expect((await answer).status).toBe(200);
  expect(ends.waiting).toBe(1);
  ends.notify({ jobId: 'job-1', type: 'cancelled' });
  await other;
  expect(ends.waiting).toBe(0);
});

test.each(['-1', '301', 'soon', '', 'nan', 'inf', '1e999'])('a request to wait for "%s" is refused', async (wait) => {
  const answer = await createTestApp().app.request(`/jobs/x?wait=${wait}`);
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({ detail: [{ loc: ['query', 'wait'] }] });
});

test.each(['0', '300', '+1.5', ' 2 ', '1e2'])('a request to wait for "%s" is understood', async (wait) => {
  const { app } = createTestApp();
  expect((await app.request(`/jobs/x?wait=${encodeURIComponent(wait)}`)).status).toBe(404);
});

/** An app with two queued jobs, and what waits for them. */
async function waitingApp() {
  const scheduler = createFakeScheduler();
  const ends = createJobEnds(new AbortController().signal);
  const { app, post } = createTestApp({ scheduler, jobEnds: ends });
  for (const tag of ['a', 'b']) await post('/evaluate', { model: tag, tasks: ['t1'] });
  return { ends, app };
}
