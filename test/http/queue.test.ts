import { expect, test } from 'vitest';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { until } from '../support/waiting/until.ts';
import { createTestApp } from './fakes.ts';

async function asked() {
  const { scheduler } = await scheduling();
  const { app } = createTestApp({ scheduler });
  const ask = async (ifNoneMatch?: string) => {
    const answer = await app.request(
      '/queue',
      ifNoneMatch === undefined ? {} : { headers: { 'If-None-Match': ifNoneMatch } },
    );
    return { status: answer.status, etag: String(answer.headers.get('etag')), text: await answer.text() };
  };
  return { scheduler, ask, another: () => scheduler.addJob(request()) };
}

test('an unchanged queue is not sent again to a client that sends its ETag', async () => {
  const { scheduler, ask, another } = await asked();
  await another();
  await until(() => scheduler.getQueueStats().runningJob !== null);
  const { etag, text } = await ask();
  expect(JSON.parse(text)).toMatchObject({ queue_size: 0, running_jobs: [expect.any(String)] });
  expect(await ask(etag)).toEqual({ status: 304, etag, text: '' });
  for (const known of [`W/${etag}`, `"other", ${etag}`, '*']) expect(await ask(known)).toMatchObject({ status: 304 });
  expect(await ask('"other"')).toEqual({ status: 200, etag, text });
});

test('each change of the queue gives it another ETag, never an earlier one', async () => {
  const { scheduler, ask, another } = await asked();
  const seen = new Set<string>();
  const expectNews = async () => {
    const { status, etag, text } = await ask([...seen].join(', '));
    expect({ status, isNew: !seen.has(etag) }).toEqual({ status: 200, isNew: true });
    seen.add(etag);
    return JSON.parse(text);
  };
  await expectNews();
  const running = (await another()).jobId;
  await until(() => scheduler.getQueueStats().runningJob === running);
  await expectNews();
  const { jobId } = await another();
  expect(await expectNews()).toMatchObject({ queued_jobs: [jobId] });
  await scheduler.cancelJob(jobId);
  expect(await expectNews()).toMatchObject({ queued_jobs: [], cancelled_jobs: 1 });
  await scheduler.pauseQueue();
  expect(await expectNews()).toMatchObject({ paused: true });
  await scheduler.resumeQueue();
  expect(await expectNews()).toMatchObject({ paused: false });
});

test('a client that asks for the first of the queue gets these, the whole count, and an ETag of their own', async () => {
  const { scheduler } = await scheduling();
  const { app } = createTestApp({ scheduler });
  const ids: string[] = [];
  for (let job = 0; job < 4; job++) ids.push((await scheduler.addJob(request())).jobId);
  await until(() => scheduler.getQueueStats().runningJob !== null);
  const ask = async (query: string, etag = '"none"') => {
    const answer = await app.request(`/queue${query}`, { headers: { 'If-None-Match': etag } });
    const text = await answer.text();
    return {
      status: answer.status,
      etag: String(answer.headers.get('etag')),
      json: text === '' ? null : JSON.parse(text),
    };
  };
  const first = await ask('?limit=2');
  expect(first.json).toMatchObject({ queue_size: 3, queued_jobs: ids.slice(1, 3) });
  expect(await ask('?limit=2', first.etag)).toMatchObject({ status: 304, json: null });
  for (const [query, queued_jobs] of [
    ['', ids.slice(1)],
    ['?limit=0', []],
    ['?limit=100', ids.slice(1)],
  ] as const) {
    expect(await ask(query, first.etag)).toMatchObject({ status: 200, json: { queue_size: 3, queued_jobs } });
  }
  expect(await ask('?limit=-1')).toMatchObject({ status: 422, json: { detail: [{ loc: ['query', 'limit'] }] } });
});

test('an ETag of an earlier server means nothing to the next', async () => {
  const [before, after] = [await asked(), await asked()];
  const { etag } = await before.ask();
  expect(await after.ask(etag)).toMatchObject({ status: 200 });
});
