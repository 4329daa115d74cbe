import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type JobList, jobListSchema } from '../../src/schemas/job/jobList.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { seedManyJobs } from '../support/jobs/manyJobs.ts';
import { send } from '../support/requests/send.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { startServer } from '../support/server/server.ts';
import { createTestApp } from './fakes.ts';

async function list(url: string, query: { [name: string]: string }): Promise<JobList> {
  const answer = await send(`${url}/jobs?${new URLSearchParams(query)}`, { method: 'GET' });
  expect(answer.status, answer.text).toBe(200);
  return jobListSchema.parse(answer.json);
}

/** Ids of all jobs that a query finds: a page may have fewer than there are. */
async function found(url: string, query: { [name: string]: string }): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = {}; ; ) {
    const { jobs, next_cursor } = await list(url, { ...query, ...cursor });
    ids.push(...jobs.map(({ job_id }) => job_id));
    if (next_cursor === null) return ids;
    cursor = { cursor: next_cursor };
  }
}

describe.concurrent('a search', () => {
  test('a search finds jobs by all that is shown of what they are and why they failed, and by nothing that is not', async (context) => {
    const server = await startServer();
    context.onTestFinished(async () => void (await server.stop()));
    const request = { model: 'majority', tasks: ['demo_digits'], limit: 1 };
    const secret = 'sk-0123456789abcdef';
    const first = await submit(server.url, {
      ...request,
      model_args: { pretrained: '/Ckpt/100%_done', model: 'a "quoted" Größe', api_key: secret, seed: 7 },
      labels: { run: 'r7', step: 12_000 },
    });
    const failed = await submit(server.url, { ...request, tasks: ['nosuch_task'] });
    for (const jobId of [first, failed]) await endedJob(server.url, jobId);
    const { error } = (await list(server.url, { status: 'failed' })).jobs[0] ?? {};
    expect(error).toMatch(/^Evaluation failed: Tasks were not found: nosuch_task\n/);

    const both = [failed, first];
    const wanted: [string, string[]][] = [
      ['MAJOR', both],
      // The error says which tasks there are.
      ['digits', both],
      ['run:r7', [first]],
      ['  12000   Demo_Digits ', [first]],
      ['pretrained=/ckpt/100%_DONE', [first]],
      ['/ckpt/100%', [first]],
      ['/ckpt/100_', []],
      ['"quoted"', [first]],
      ['GRÖSSE', []],
      ['größe', [first]],
      ['seed=7 api_key=***', [first]],
      [secret, []],
      ['LAST lines', [failed]],
      ['evaluation nosuch', [failed]],
      [first.slice(0, 13), [first]],
      ['majority nowhere', []],
      // What stands in its row, and is not shown as such.
      ['model_args', []],
      ['num_gpus', []],
      ['","', []],
    ];
    for (const [q, ids] of wanted) expect(await found(server.url, { q }), q).toEqual(ids);
    expect(await found(server.url, { q: 'majority', status: 'failed' })).toEqual([failed]);
    expect(await found(server.url, { q: 'majority', order: 'oldest', limit: '1' })).toEqual(both.toReversed());

    expect(await found(server.url, { id_prefix: first.slice(0, 8).toUpperCase() })).toEqual([first]);
    expect(await found(server.url, { id_prefix: first })).toEqual([first]);
    expect(await found(server.url, { id_prefix: failed.slice(0, 9), status: 'completed' })).toEqual([]);
    expect(await found(server.url, { id_prefix: '----' })).toEqual([]);
  });

  // Long: writes a journal of 100,000 jobs.
  test('a search of 100,000 jobs is answered within a second, and holds up nothing else', {
    timeout: 300_000,
  }, async (context) => {
    const folder = await temporaryFolder();
    context.onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const dataDir = join(folder, 'data');
    const needle = seedManyJobs(dataDir, 100_000);
    const server = await startServer({ dataDir, flags: ['--history', '200000', '--max-queue', '200000'] });
    context.onTestFinished(async () => void (await server.stop()));
    await send(`${server.url}/queue/pause`, { method: 'POST' });

    const figures: string[] = [];
    for (const query of searches(needle)) {
      const begun = performance.now();
      const answer = list(server.url, { ...query, limit: '5' });
      let slowest = 0;
      const pinging = ping(server.url, answer, (took) => {
        slowest = Math.max(slowest, took);
      });
      const { jobs, next_cursor } = await answer;
      const took = performance.now() - begun;
      await pinging;
      figures.push(
        `${JSON.stringify(query)}: ${Math.round(took)} ms, ${jobs.length} jobs, others ${Math.round(slowest)} ms`,
      );
      expect(jobs.length > 0 || next_cursor !== null || query['q'] === 'nothing-has-this', figures.at(-1)).toBe(true);
      expect(took, figures.at(-1)).toBeLessThan(MOST);
    }
    console.log(figures.join('\n'));
    expect(await found(server.url, { id_prefix: needle.slice(0, 13) })).toEqual([needle]);
    expect(await found(server.url, { q: needle })).toEqual([needle]);
    expect(await found(server.url, { q: 'run:needle CUDA' })).toEqual([needle]);
    expect(await found(server.url, { q: 'nothing-has-this' })).toEqual([]);
  });
});

/** Milliseconds: a second, and what a machine that is shared may take from it. */
const MOST = 3_000;

const searches = (needle: string): { [name: string]: string }[] => [
  { id_prefix: '0' },
  { id_prefix: needle.slice(0, 8) },
  { q: 'mmmu_val model_7' },
  { q: 'nothing-has-this' },
  { q: needle },
  { q: 'return code', order: 'oldest' },
  { q: 'model_args' },
  { q: 'é' },
  { q: 'alice step-3', status: 'queued' },
];

/** Asks for something small again and again until a search has ended. */
async function ping(url: string, until: Promise<unknown>, report: (took: number) => void): Promise<void> {
  let isOver = false;
  void until.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const begun = performance.now();
    await send(`${url}/jobs/nobody`, { method: 'GET' });
    report(performance.now() - begun);
  }
}

test.each([
  ['id_prefix=', 'id_prefix', '1 to 36 hexadecimal digits and dashes'],
  ['id_prefix=xyz', 'id_prefix', '1 to 36 hexadecimal digits and dashes'],
  ['id_prefix=a%25', 'id_prefix', '1 to 36 hexadecimal digits and dashes'],
  [`id_prefix=${'a'.repeat(37)}`, 'id_prefix', 'at most 36 characters'],
  ['q=', 'q', '1 to 10 texts'],
  ['q=+', 'q', '1 to 10 texts'],
  [`q=${'a+'.repeat(11)}`, 'q', '1 to 10 texts'],
  [`q=${'a'.repeat(201)}`, 'q', 'at most 200 characters'],
])('a query with %s is refused, naming the field and what is allowed', async (query, field, message) => {
  const answer = await createTestApp().app.request(`/jobs?${query}`);
  expect([answer.status, await answer.json()]).toMatchObject([
    422,
    { detail: [{ loc: ['query', field], msg: expect.stringContaining(message) }] },
  ]);
});
