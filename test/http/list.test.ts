import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type JobList, jobListSchema } from '../../src/schemas/job/jobList.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { eventually } from '../support/waiting/eventually.ts';
import { createTestApp } from './fakes.ts';

async function list(url: string, query = ''): Promise<JobList> {
  const answer = await send(`${url}/jobs${query}`, { method: 'GET' });
  expect(answer.status, answer.text).toBe(200);
  return jobListSchema.parse(answer.json);
}

/** Ids of all pages; something may happen between two of them. */
async function walk(url: string, query: string, between: () => Promise<unknown>): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await list(url, `?${query}${cursor}`);
    ids.push(...page.jobs.map(({ job_id }) => job_id));
    if (page.next_cursor === null) return ids;
    cursor = `&cursor=${page.next_cursor}`;
    await between();
  }
}

describe.concurrent('the list of jobs', () => {
  test('the list of jobs shows each as it is shown alone, newest first, and finds it by all that it can be found by', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const server = await counted.start();
    const first = await submit(server.url, { ...counted.request('a'), labels: { run: 'r7', step: 12_000 } });
    const second = await submit(server.url, { ...counted.request('b'), model: 'other', tasks: ['t1', 'mmmu'] });
    const third = await submit(server.url, counted.request('c'));
    await send(`${server.url}/jobs/${third}`, { method: 'DELETE' });
    await eventually(async () => (await list(server.url, '?status=running')).jobs[0]?.log);

    const all = await list(server.url);
    expect(all.jobs.map(({ job_id }) => job_id)).toEqual([third, second, first]);
    expect([all.next_cursor, all.warnings]).toEqual([null, []]);
    for (const job of all.jobs) {
      expect(job).toEqual((await send(`${server.url}/jobs/${job.job_id}`, { method: 'GET' })).json);
    }
    const since = (at: string) => `?since=${encodeURIComponent(at)}`;
    const created = all.jobs[1]?.created_at ?? '';
    const wanted: [string, string[]][] = [
      ['?status=running', [first]],
      ['?status=queued', [second]],
      ['?status=cancelled', [third]],
      ['?status=completed', []],
      ['?model=other', [second]],
      ['?task=mmmu', [second]],
      ['?label=run:r7', [first]],
      ['?label=step:12000', [first]],
      ['?label=run:r8', []],
      [since(created), [third, second]],
      // As it comes when nobody has encoded the "+".
      [`?since=${created}`, [third, second]],
      [`?since=${Date.parse(created) / 1_000}`, [third, second]],
      ['?order=oldest&limit=2', [first, second]],
      ['?task=t1&status=running&model=dummy&label=run:r7&since=2020-01-01', [first]],
    ];
    for (const [query, ids] of wanted) {
      expect(
        (await list(server.url, query)).jobs.map(({ job_id }) => job_id),
        query,
      ).toEqual(ids);
    }
  });

  test('the list of jobs has each on just one page while jobs arrive and end', async (context) => {
    const counted = await countedRuns(context);
    const server = await counted.start();
    let arriving = 0;
    const arrive = () => submit(server.url, counted.request(`late-${arriving++}`));
    const early: string[] = [];
    for (let n = 0; n < 12; n++) early.push(await submit(server.url, counted.request(`${n}`)));

    const newest = await walk(server.url, 'order=newest&limit=5', arrive);
    expect(newest).toEqual(early.toReversed());
    const oldest = await walk(server.url, 'order=oldest&limit=5', async () => {
      if (arriving < 6) await arrive();
    });
    expect(arriving).toBeGreaterThan(3);
    expect(oldest.slice(0, 12)).toEqual(early);
    expect(oldest).toEqual((await list(server.url, '?order=oldest')).jobs.map(({ job_id }) => job_id));
  });

  test('the list of jobs goes on from a page whose jobs have been forgotten since', async (context) => {
    const counted = await countedRuns(context);
    const server = await counted.start({ flags: ['--history', '3'] });
    const ids: string[] = [];
    const run = async (tag: string) => {
      ids.push(await submit(server.url, counted.request(tag)));
      await endedJob(server.url, ids.at(-1) ?? '');
    };
    for (const tag of ['a', 'b', 'c']) await run(tag);
    const page = await list(server.url, '?order=oldest&limit=2');
    expect(page.jobs.map(({ job_id }) => job_id)).toEqual(ids.slice(0, 2));
    for (const tag of ['d', 'e']) await run(tag);
    await eventually(async () => (await list(server.url)).jobs.length === 3);
    const rest = await list(server.url, `?order=oldest&limit=2&cursor=${page.next_cursor}`);
    expect(rest.jobs.map(({ job_id }) => job_id)).toEqual(ids.slice(2, 4));
  });
});

const refusalSchema = z.object({ detail: z.array(z.object({ loc: z.array(z.string()), msg: z.string() })) });

test.each([
  ['status=done', 'status'],
  ['status=', 'status'],
  ['model=', 'model'],
  ['task=', 'task'],
  ['label=run', 'label'],
  ['label=:r7', 'label'],
  ['since=yesterday', 'since'],
  ['since=2026-13-01', 'since'],
  ['since=1e99', 'since'],
  ['since=', 'since'],
  ['order=random', 'order'],
  ['limit=0', 'limit'],
  ['limit=501', 'limit'],
  ['limit=ten', 'limit'],
  ['limit=1.5', 'limit'],
  ['cursor=', 'cursor'],
  ['cursor=x', 'cursor'],
  ['cursor=dHVybiB4', 'cursor'],
])('a query with %s is refused, naming the field', async (query, field) => {
  const answer = await createTestApp().app.request(`/jobs?${query}`);
  expect(answer.status).toBe(422);
  const { detail } = refusalSchema.parse(await answer.json());
  expect(detail.map(({ loc }) => loc)).toEqual([['query', field]]);
});

test('an unknown or repeated parameter of a query is named in a warning', async () => {
  const { app } = createTestApp();
  const warningsOf = async (query: string) =>
    Object((await (await app.request(`/jobs${query}`)).json()) as object).warnings;
  expect(await warningsOf('?states=queued&limit=5&limit=6&__proto__=x')).toEqual([
    'unknown query parameter "states" was ignored',
    'query parameter "limit" was sent more than once: the last one counts',
    'unknown query parameter "__proto__" was ignored',
  ]);
  const many = Array.from({ length: 30 }, (_, n) => `x${n}=`).join('&');
  expect(await warningsOf(`?${many}`)).toHaveLength(21);
});

test.each([
  ['GET', '/jobs/', 404, null],
  ['PUT', '/jobs', 405, 'GET'],
  ['GET', '/jobs/x/stop', 405, 'POST'],
  ['PUT', '/jobs/x/retry', 405, 'POST'],
  ['GET', '/queue/pause', 405, 'POST'],
  ['POST', '/events', 405, 'GET'],
  ['POST', '/jobs/x/events', 405, 'GET'],
])('the method %s of %s, near the list of jobs, is answered %i', async (method, path, status, allow) => {
  const answer = await createTestApp().app.request(path, { method });
  expect([answer.status, answer.headers.get('allow')]).toEqual([status, allow]);
});
