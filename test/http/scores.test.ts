import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ScoreList, scoreListSchema } from '../../src/schemas/scores/score.ts';
import { columns } from '../../src/scores/longTable.ts';
import { version } from '../../src/version.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5, model_args: { pretrained: '/ckpt/7', seed: 7 } };
const labels = (step: number) => ({ labels: { run: 'r7', step } });

let server: TestServer;
/** Two that completed, one of them of a group, one that failed, and one that waits. */
const ids: string[] = [];
beforeAll(async () => {
  server = await startServer();
  const run = async (request: object) => {
    ids.push((await endedJob(server.url, await submit(server.url, request))).job_id);
  };
  await run({ ...quick, ...labels(1_000) });
  await run({ ...quick, tasks: ['demo'], ...labels(2_000) });
  await run({ ...quick, tasks: ['nosuch', 'demo_dig*'], ...labels(3_000) });
  await send(`${server.url}/queue/pause`, { method: 'POST' });
  ids.push(
    await submit(server.url, { ...quick, model: 'random', tasks: ['demo', 'demo_shapes'], labels: { step: 4_000 } }),
  );
});
afterAll(() => server.stop());

async function list(query = ''): Promise<ScoreList> {
  const answer = await send(`${server.url}/scores${query}`, { method: 'GET' });
  expect(answer.status, answer.text).toBe(200);
  return scoreListSchema.parse(answer.json);
}
const named = ({ scores }: ScoreList) => scores.map(({ job_id, task }) => `${ids.indexOf(job_id)} ${task}`);
const missing = (page: ScoreList) =>
  page.missing.map(({ job_id, task, reason }) => `${ids.indexOf(job_id)} ${task}: ${reason}`);
const exported = (query: string) => fetch(`${server.url}/scores/export${query}`);

describe('the list of scores', () => {
  test('the list of scores has every score of the jobs that completed, each as its job shows it and with what made it', async () => {
    const { scores, missing: none, next_cursor } = await list('?x=label:step');
    expect(named({ scores, missing: none, next_cursor })).toEqual([
      '0 demo_digits',
      '1 demo',
      '1 demo_digits',
      '1 demo_shapes',
    ]);
    expect([none, next_cursor]).toEqual([[], null]);
    const job = await endedJob(server.url, ids[0] ?? '');
    const { value, stderr, n } = job.metrics?.['demo_digits']?.['acc'] ?? {};
    expect(scores[0]).toEqual({
      ...{ job_id: ids[0], imported: false, model: 'majority', checkpoint: '/ckpt/7', run: 'r7', step: 1_000 },
      ...{ ...labels(1_000), x: 1_000, submitted_by: null, completed_at: job.completed_at },
      ...{ task: 'demo_digits', metric: 'acc', filter: 'none', value, stderr, n, higher_is_better: true },
      interval: [expect.any(Number), expect.any(Number)],
      ...{ is_group: false, harness: 'demo', harness_version: version, task_version: '1', num_fewshot: 0 },
      ...{ git_hash: null, num_gpus: 1, seed: '7' },
    });
    expect(scores.map(({ is_group }) => is_group)).toEqual([false, true, false, false]);
    const times = (await list('?x=time')).scores.map(({ x, completed_at }) => [x, Date.parse(completed_at) / 1_000]);
    for (const [x, at] of times) expect(x).toBe(at);
  });

  test('the list of scores is narrowed by each field, and by all together', async () => {
    const { scores } = await list();
    const since = encodeURIComponent(scores[1]?.completed_at ?? '');
    const all = ['0 demo_digits', '1 demo', '1 demo_digits', '1 demo_shapes'];
    const found: [string, string[]][] = [
      [`?job=${ids[1]}`, all.slice(1)],
      ['?model=majority', all],
      ['?model=none', []],
      ['?task=demo_digits', ['0 demo_digits', '1 demo_digits']],
      ['?metric=acc&filter=none', all],
      ['?metric=f1', []],
      ['?filter=strict', []],
      ['?label=step:1000', ['0 demo_digits']],
      [`?since=${since}`, all.slice(1)],
      [`?label=run:r7&task=demo_digits&model=majority&since=${since}`, ['1 demo_digits']],
    ];
    for (const [query, rows] of found) expect(named(await list(query)), query).toEqual(rows);
  });

  test('the list of scores is read page by page, each score once', async () => {
    const rows: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await list(`?limit=1${cursor}`);
      expect(page.scores.length).toBeLessThanOrEqual(1);
      rows.push(...named(page));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
    }
    expect(rows).toEqual(named(await list()));
    const newest = await list('?order=newest&limit=3');
    const rest = await list(`?order=newest&limit=3&cursor=${newest.next_cursor}`);
    expect([...named(newest), ...named(rest)]).toEqual(rows.toReversed());
    expect(rest.next_cursor).toBeNull();
    expect((await list('?cursor=szzzzzzzzzzzzzzzzzzzz')).scores).toEqual([]);
  });

  test('what was asked for and has no score is listed with the reason, the newest job first, and narrowed like scores', async () => {
    const waits = ['3 demo: queued', '3 demo_shapes: queued'];
    const failed = ['2 demo_dig*: failed (harness)', '2 nosuch: failed (harness)'];
    expect(missing(await list('?missing=true'))).toEqual([...waits, ...failed]);
    expect(missing(await list('?missing=true&label=run:r7'))).toEqual(failed);
    expect(missing(await list('?missing=true&model=random'))).toEqual(waits);
    expect(missing(await list(`?missing=true&job=${ids[2]}`))).toEqual(failed);
    // A wildcard may have meant it; what a group of a job that has not run has is not known.
    expect(missing(await list('?missing=true&task=demo_digits'))).toEqual(['2 demo_dig*: failed (harness)']);
    expect(missing(await list('?missing=true&limit=1'))).toHaveLength(4);
    const [first] = (await list('?missing=true&x=label:step')).missing;
    expect(first).toMatchObject({ step: 4_000, x: 4_000, run: null, status: 'queued', failure_kind: null });
  });

  test.each([
    ['x=step', '`x` should be'],
    ['limit=0', '`limit` should be'],
    ['limit=10001', '`limit` should be'],
    ['order=random', "Input should be 'oldest' or 'newest'"],
    ['missing=perhaps', 'should be a valid boolean'],
    ['cursor=c12', '`cursor` should be'],
    ['since=yesterday', '`since` should be'],
    ['label=run', '`label` should be'],
    ['metric=', '`metric` should be'],
  ])('a query that cannot be understood is refused with what is allowed: %s', async (query, words) => {
    const answer = await send(`${server.url}/scores?${query}`, { method: 'GET' });
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(words)]);
  });
});

describe('an export of the scores', () => {
  test('an export of the scores is a file of the format that was asked for, with a row a score', async () => {
    const { scores } = await list();
    const csv = await exported('');
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="scores.csv"');
    const lines = (await csv.text()).trimEnd().split('\r\n');
    expect(lines.map((line) => line.split(',')[2])).toEqual(['task', ...scores.map(({ task }) => task)]);
    const json = await exported('?format=json&label=step:1000');
    expect(await json.json()).toMatchObject([{ job: ids[0], task: 'demo_digits', seed: '7', step: 1_000 }]);
    const markdown = await (await exported('?format=md&task=demo')).text();
    expect(markdown.trimEnd().split('\n')).toHaveLength(3);
    const parquet = await exported('?format=parquet');
    expect(parquet.headers.get('content-disposition')).toBe('attachment; filename="scores.parquet"');
    const rows = await parquetReadObjects({ file: await parquet.arrayBuffer() });
    expect(rows.map(({ job, task, value }) => [job, task, value])).toEqual(
      scores.map(({ job_id, task, value }) => [job_id, task, value]),
    );
    expect(Object.keys(rows[0] ?? {})).toEqual(columns);
  });

  test('an export that is only asked about has its headers and no content, and another format is refused', async () => {
    const head = await fetch(`${server.url}/scores/export?format=md`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
      200,
      'text/markdown; charset=utf-8',
      '',
    ]);
    expect((await exported('?format=xls')).status).toBe(422);
  });
});
