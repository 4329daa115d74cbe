import { expect, test } from 'vitest';
import { createTokenBucket } from '../../../src/http/middleware/tokenBucket.ts';
import { createFakeScheduler, createTestApp, openGuard } from '../fakes.ts';

/** An allowance of a number a minute, by a clock that the test sets. */
function allowing(perMinute: number) {
  const clock = { now: 1_000_000 };
  return { clock, take: createTokenBucket(perMinute, () => clock.now) };
}

test('a minute has a number of requests, at once or spread, and the refusal says how long until the next', () => {
  const { clock, take } = allowing(60);
  for (let n = 0; n < 60; n++) expect(take('a')).toBe(0);
  expect(take('a')).toBe(1_000);
  clock.now += 400;
  expect(take('a')).toBe(600);
  clock.now += 600;
  expect(take('a')).toBe(0);
  expect(take('a')).toBe(1_000);
  clock.now += 3_600_000;
  for (let n = 0; n < 60; n++) expect(take('a')).toBe(0);
  expect(take('a')).toBe(1_000);
});

test('each client has a number of requests of its own', () => {
  const { take } = allowing(1);
  expect([take('a'), take('b'), take('a') > 0, take('b') > 0]).toEqual([0, 0, true, true]);
});

test('a refusal costs nothing', () => {
  const { clock, take } = allowing(1);
  take('a');
  for (let n = 0; n < 1_000; n++) expect(take('a')).toBe(60_000);
  clock.now += 60_000;
  expect(take('a')).toBe(0);
});

test('a clock that is set back gives nothing, takes nothing, and limits no client for longer', () => {
  const { clock, take } = allowing(2);
  take('a');
  clock.now -= 3_600_000;
  expect([take('a'), take('a')]).toEqual([0, 30_000]);
  clock.now += 30_000;
  expect(take('a')).toBe(0);
});

test('a client over its rate limit is refused by 429 with Retry-After, on every route that starts work', async () => {
  let now = 1_000_000;
  const scheduler = createFakeScheduler();
  const guard = { ...openGuard, submissionsPerMinute: 3 };
  const { app, post } = createTestApp({ scheduler, guard, monotonic: () => now });
  const work = { model: 'm', tasks: ['t1'] };
  expect((await post('/evaluate', work)).status).toBe(200);
  expect((await post('/jobs/nosuch/retry', '')).status).toBe(404);
  expect((await post('/merge', { checkpoint_path: '/c' })).status).toBe(200);
  for (const [path, body] of [
    ['/evaluate', work],
    ['/jobs/nosuch/retry', ''],
    ['/merge', { checkpoint_path: '/c' }],
  ] as const) {
    const refused = await post(path, body);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '20']);
    expect(await refused.json()).toEqual({ detail: expect.stringContaining('3 times in a minute') });
  }
  expect(scheduler.jobs.size).toBe(1);
  // What starts no work is not counted.
  expect((await app.request('/queue')).status).toBe(200);
  expect((await app.request('/queue/pause', { method: 'POST' })).status).toBe(200);
  now += 20_000;
  expect((await post('/evaluate', work)).status).toBe(200);
});
