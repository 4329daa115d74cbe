import { expect, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { found, list } from '../support/requests/searching.ts';
import { startServer } from '../support/server/server.ts';
import { createTestApp } from './fakes.ts';

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
