import { expect, test } from 'vitest';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { eventually } from '../support/waiting/eventually.ts';

const post = (url: string, path: string) => send(`${url}/queue/${path}`, { method: 'POST' });
const isPaused = async (url: string) =>
  Promise.all(
    ['/queue', '/health'].map(async (path) => {
      const { status, json } = await send(url + path, { method: 'GET' });
      return [status, Object(json).paused];
    }),
  );

test('a paused queue lets run what runs, starts nothing, and stays paused across restarts and kills until it is resumed', async (context) => {
  const counted = await countedRuns(context);
  await counted.hold();
  const first = await counted.start();
  const running = await submit(first.url, counted.request('a'));
  const waiting = await submit(first.url, counted.request('b'));
  await eventually(async () => (await counted.runs()).length === 1);
  expect(await post(first.url, 'pause')).toMatchObject({ status: 200, json: { paused: true } });
  await first.kill();

  const second = await counted.start();
  expect(await isPaused(second.url)).toEqual([
    [200, true],
    [200, true],
  ]);
  await counted.release();
  expect(await endedJob(second.url, running)).toMatchObject({ status: 'completed' });
  const later = await submit(second.url, counted.request('c'));
  expect(await second.stop()).toBe(0);

  const third = await counted.start();
  expect(await isPaused(third.url)).toEqual([
    [200, true],
    [200, true],
  ]);
  const jobs = await Promise.all([waiting, later].map((jobId) => getJob(third.url, jobId)));
  expect(jobs.map(({ status, position_in_queue }) => [status, position_in_queue])).toEqual([
    ['queued', 0],
    ['queued', 1],
  ]);
  expect(await post(third.url, 'pause')).toMatchObject({ status: 200, json: { paused: true } });
  expect(await post(third.url, 'resume')).toMatchObject({ status: 200, json: { paused: false } });
  expect(await isPaused(third.url)).toEqual([
    [200, false],
    [200, false],
  ]);
  await endedJob(third.url, later);
  expect(await counted.runs()).toEqual(['a', 'b', 'c']);
  await third.kill();

  const last = await counted.start();
  expect(await isPaused(last.url)).toEqual([
    [200, false],
    [200, false],
  ]);
});
