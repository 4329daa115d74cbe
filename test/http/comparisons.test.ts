import { describe, expect, test } from 'vitest';
import type { ComparisonsPort } from '../../src/http/dependencies.ts';
import { createComparisons } from '../../src/runner/results/comparisons.ts';
import { ReadingError, ThreadError } from '../../src/runner/results/reader/threads.ts';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { createFakeScheduler, createTestApp } from './fakes.ts';

const scheduler = createFakeScheduler();
const ended = { status: 'completed', completed_at: '2026-11-24T02:06:04.123+00:00' };
// What is asked of a job before it is compared.
const job = { job_id: 'done', ...ended, retry_of: null, imported: null } as unknown as JobInfo;
scheduler.jobs.set('done', job);

const compare = '/compare?a=done&b=done';
const gate = { baseline: 'done', candidate: 'done', policy: { tasks: { t: { max_drop: 0 } } } };

/** Comparisons that do not end until they are not wanted any more; and how many have begun. */
function endless() {
  const signals: AbortSignal[] = [];
  const begin = (signal?: AbortSignal) => {
    if (signal === undefined) throw new Error('a comparison can be ended');
    signals.push(signal);
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
    return promise;
  };
  const comparisons: ComparisonsPort = {
    compare: (_a, _b, _query, signal) => begin(signal),
    gate: (_a, _b, _request, signal) => begin(signal),
  };
  return { comparisons, signals };
}

describe('what comparisons cost', () => {
  test('a client has four comparisons and gates at a time, and the next is refused with when to try again', async () => {
    const { comparisons, signals } = endless();
    const { app, post } = createTestApp({ scheduler, comparisons });
    const leave = new AbortController();
    const { signal } = leave;
    const open = [compare, compare, compare].map((path) => app.request(path, { signal }));
    const headers = { 'content-type': 'application/json' };
    open.push(Promise.resolve(app.request('/gate', { method: 'POST', headers, body: JSON.stringify(gate), signal })));
    await expect.poll(() => signals.length).toBe(4);
    for (const answer of [await app.request(compare), await post('/gate', gate)]) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('10');
      expect(await answer.json()).toEqual({
        detail: '4 comparisons of yours are open; no more can be. Try again later.',
      });
    }
    leave.abort();
    await Promise.allSettled(open);
    // Those that were left are over.
    void app.request(compare);
    await expect.poll(() => signals.length).toBe(5);
  });

  test('a comparison ends when its client leaves, and nothing is logged as a fault', async () => {
    const { comparisons, signals } = endless();
    const { app, errors } = createTestApp({ scheduler, comparisons });
    const leave = new AbortController();
    const open = app.request(compare, { signal: leave.signal });
    await expect.poll(() => signals.length).toBe(1);
    leave.abort();
    await open;
    expect(signals[0]?.aborted).toBe(true);
    expect(errors).toEqual([]);
  });

  test('a comparison ends when the server closes, and its client reads so', async () => {
    const { comparisons, signals } = endless();
    const closing = new AbortController();
    const { app } = createTestApp({ scheduler, comparisons, closing: closing.signal });
    const open = app.request(compare);
    await expect.poll(() => signals.length).toBe(1);
    closing.abort();
    const answer = await open;
    expect([answer.status, await answer.json()]).toEqual([503, { detail: 'The server is closing' }]);
  });
});

describe('what keeps a comparison from its end', () => {
  const asked = async (error: Error, more: Partial<JobInfo> = {}) => {
    const metrics = { t: { acc: { ...score, value: 1 } } };
    const request = { model: 'm', model_args: null, log_samples: true, predict_only: false, output_dir: null };
    const whole = {
      ...job,
      ...{ metrics, labels: {}, result: {}, request, log: null, parts: null, attempts: [] },
      ...more,
    } as unknown as JobInfo;
    const known = createFakeScheduler();
    known.jobs.set('done', whole);
    const comparisons = createComparisons('/nonexistent', { compare: () => Promise.reject(error) });
    const { app } = createTestApp({ scheduler: known, comparisons });
    const answer = await app.request(compare);
    return [answer.status, Object(await answer.json()).detail];
  };
  const score = { stderr: null, n: 1, higher_is_better: true, stderr_clt: null, stderr_clustered: null };

  test('a comparison that takes too long is refused with the time it had, and what takes less', async () => {
    expect(await asked(new ReadingError('could not be read in 240 s', true))).toEqual([
      500,
      'The samples of done and done could not be read in 240 s; fewer are read when a task is named',
    ]);
  });

  test('a comparison that no thread can be had for is refused for now, and not made beside all other requests', async () => {
    expect(await asked(new ThreadError('none could be started'))).toEqual([
      503,
      'Nothing can be compared now: none could be started',
    ]);
  });

  test('more scores than one answer has are refused with the field that narrows them', async () => {
    const row = Object.fromEntries(Array.from({ length: 2_001 }, (_, n) => [`m${n}`, { ...score, value: n }]));
    const [status, detail] = await asked(new Error('it was asked'), { metrics: { t: row } } as unknown as JobInfo);
    expect(status).toBe(422);
    expect(detail[0].msg).toBe(
      '`task` should be given: both have 2001 scores, and at most 2000 are compared at a time',
    );
  });
});
