import { expect, test } from 'vitest';
import { operations } from '../../src/http/app.ts';
import type { Operation } from '../../src/http/operation.ts';
import { keptRequestSchema } from '../../src/schemas/submission/evaluateRequest.ts';
import { requestLimits } from '../../src/schemas/values/limits.ts';
import { createFakeScheduler, createTestApp } from '../http/fakes.ts';
import { type HostileValue, hostileFields } from '../support/hostile/fields.ts';
import { fewTexts, hostileTexts } from '../support/hostile/texts.ts';
import { work } from '../support/jobs/submitted.ts';
import { expectLinear } from '../support/measuring/linearCost.ts';

// Every field of every request is filled with texts that cost, as large as its limit, four times as large, and a quarter:
// the fields and their limits are taken from the schemas, so that one without a limit, or of a new kind, fails here.

const scheduler = createFakeScheduler();
const { addJob } = scheduler;
const { app, errors } = createTestApp({
  scheduler: {
    ...scheduler,
    addJob: async (request, details) => {
      await work(request);
      scheduler.jobs.clear();
      return addJob(request, details);
    },
  },
});

type Sent = { path?: Record<string, string>; query?: string; headers?: Record<string, string>; body?: string };

/** Sends a request, and reads the answer to its end; of a stream its head. */
async function send(operation: Operation, { path = {}, query = '', headers = {}, body }: Sent): Promise<number> {
  const names = /\{(\w+)\}/g;
  const url = operation.path.replaceAll(names, (_, name) => encodeURIComponent((path[name] ?? 'x').toWellFormed()));
  const answer = await app.request(`${url}${query}`, {
    method: operation.method.toUpperCase(),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body }),
  });
  if (answer.headers.get('content-type')?.includes('event-stream')) await answer.body?.cancel();
  else await answer.arrayBuffer();
  return answer.status;
}

const sizesOf = (limit: number): number[] => (limit < 2_000 ? [limit, 4 * limit] : [limit / 4, limit, 4 * limit]);

type Case = { name: string; values: HostileValue[]; send: (value: unknown) => () => Promise<number> };

const isHeader = (text: string): boolean => /^[\t\x20-\x7e]*$/.test(text) && text.trim() !== '';

const smallest: Record<string, object> = {
  submitJob: { model: 'm', tasks: ['t'] },
  mergeCheckpoint: { checkpoint_path: '/x' },
  importRuns: { dir: '/x' },
  hookCheckpoint: { event: 'save', step: 1, checkpoint_dir: '/x', output_dir: '/y' },
  actOnJobs: { action: 'cancel' },
};

const cases: Case[] = operations.flatMap((operation): Case[] => {
  const { id, parameters, query, headers, body } = operation;
  const fields = (schema: Operation['query'] | Operation['body']) =>
    schema === undefined ? [] : hostileFields(schema);
  return [
    ...fields(parameters).map(({ field, values }) => ({
      name: `${id}: ${field} of the path`,
      values,
      send: (value: unknown) => () => send(operation, { path: { [field]: String(value) } }),
    })),
    ...fields(query).map(({ field, values }) => ({
      name: `${id}: ${field} of the query`,
      values,
      send: (value: unknown) => {
        const text = encodeURIComponent(String(value).toWellFormed());
        return () => send(operation, { query: `?${field}=${text}` });
      },
    })),
    ...fields(headers).map(({ field, values }) => ({
      name: `${id}: the header ${field}`,
      values: values.filter(({ of }) => isHeader(String(of(10)))),
      send: (value: unknown) => () => send(operation, { headers: { [field]: String(value) } }),
    })),
    ...fields(body).map(({ field, values }) => ({
      name: `${id}: ${field} of the body`,
      values,
      send: (value: unknown) => {
        const text = JSON.stringify({ ...smallest[id], [field]: value });
        return () => send(operation, { body: text });
      },
    })),
  ];
});

test.each(cases)('the time to read $name is linear', async ({ name, values, send: sendOne }) => {
  expect(values.length).toBeGreaterThan(0);
  for (const { name: hostile, limit, of } of values) {
    await expectLinear(`${name}, ${hostile}`, sizesOf(limit), (size) => sendOne(of(size)));
  }
  expect(errors).toEqual([]);
});

/** Headers that are read whatever is asked for, all of them bounded by --max-header. */
const readAlways = ['Authorization', 'Host', 'Origin', 'Content-Type', 'Content-Encoding', 'Accept', 'Sec-Fetch-Site'];
const MOST_HEADER = 16_384;

test.each(readAlways)('the time to read the header %s is linear', async (header) => {
  const show = operations.find(({ id }) => id === 'submitJob');
  if (show === undefined) throw new Error('no such operation');
  for (const { name, of } of hostileTexts.filter((text) => isHeader(text.of(10)))) {
    for (const before of header === 'Authorization' ? ['Bearer ', 'Basic '] : ['']) {
      await expectLinear(
        `${header}, ${before}${name}`,
        [MOST_HEADER / 4, MOST_HEADER, 4 * MOST_HEADER],
        (size) => () => send(show, { body: '{}', headers: { [header]: before + of(size) } }),
      );
    }
  }
});

const MEBIBYTE = 1_048_576;
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`name ${index}`, []]));
/** As large as bodies may be. */
const bodies: [string, (size: number) => string][] = [
  ...hostileTexts.map(({ name, of }) => [`no JSON: ${name}`, of] as [string, (size: number) => string]),
  ...fewTexts.map(({ name, of }): [string, (size: number) => string] => [
    `an unknown field of ${name}`,
    (size) => JSON.stringify({ ...smallest['submitJob'], x: of(size / 2) }),
  ]),
  ['many unknown fields', (size) => `{"model":"m","tasks":["t"]${',"f":1'.repeat(size / 6)}}`],
  ['many unknown fields of other names', (size) => JSON.stringify({ ...smallest['submitJob'], ...many(size / 20) })],
  ['many wrong items', (size) => `{"model":"m","tasks":[${'1,'.repeat(size / 2)}1]}`],
  ['many wrong labels', (size) => JSON.stringify({ ...smallest['submitJob'], labels: many(size / 20) })],
];

test('a body is read in linear time, whatever it is', async () => {
  const submit = operations.find(({ id }) => id === 'submitJob');
  if (submit === undefined) throw new Error('no such operation');
  for (const [name, of] of bodies) {
    await expectLinear(name, [MEBIBYTE / 16, MEBIBYTE / 4, MEBIBYTE - 100], (size) => {
      const body = of(size);
      return () => send(submit, { body });
    });
  }
});

test('a query of many parameters is read in linear time', async () => {
  const list = operations.find(({ id }) => id === 'listJobs');
  if (list === undefined) throw new Error('no such operation');
  const queries: [string, (size: number) => string][] = [
    ['one repeated', (size) => 'model=a&'.repeat(size / 8)],
    ['unknown ones', (size) => Array.from({ length: size / 8 }, (_, index) => `a${index}=1`).join('&')],
    ...hostileTexts.map(({ name, of }): [string, (size: number) => string] => [
      name,
      (size) => of(size).toWellFormed().replaceAll(/[\s#]/g, '+'),
    ]),
  ];
  for (const [name, of] of queries) {
    await expectLinear(name, [4_096, 16_384, 65_536], (size) => () => send(list, { query: `?${of(size)}` }));
  }
});

test('a text longer than its limit is refused, and the field and the limit are named', async () => {
  const submit = async (fields: object) => {
    const body = JSON.stringify({ model: 'm', tasks: ['t'], ...fields });
    const answer = await app.request('/evaluate', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    return { status: answer.status, text: await answer.text() };
  };
  const { model, task, pattern, patterns, device, genKwargs, path, modelArgs, argName, argValues, argText } =
    requestLimits;
  const { credentials, credential, credentialText } = requestLimits;
  const atLimit: [object, object, string][] = [
    [{ model: 'm'.repeat(model) }, { model: 'm'.repeat(model + 1) }, '`model` should have at most 1000 characters'],
    [{ tasks: ['t'.repeat(task)] }, { tasks: ['t'.repeat(task + 1)] }, '`tasks` should have at most 4096 characters'],
    [
      { tasks: ['t*'.padEnd(pattern, 'x')] },
      { tasks: ['t*'.padEnd(pattern + 1, 'x')] },
      'at most 100 names with wildcards',
    ],
    [
      { tasks: Array(patterns).fill('m?') },
      { tasks: Array(patterns + 1).fill('m?') },
      'at most 100 names with wildcards',
    ],
    [
      { device: 'c'.repeat(device) },
      { device: 'c'.repeat(device + 1) },
      '`device` should have at most 1000 characters',
    ],
    [
      { gen_kwargs: 'g'.repeat(genKwargs) },
      { gen_kwargs: 'g'.repeat(genKwargs + 1) },
      '`gen_kwargs` should have at most 65536',
    ],
    [
      { output_dir: '/'.padEnd(path, 'x') },
      { output_dir: '/'.padEnd(path + 1, 'x') },
      '`output_dir` should have at most 4096',
    ],
    [
      { model_args: numbered(modelArgs) },
      { model_args: numbered(modelArgs + 1) },
      '`model_args` should have at most 1000 names',
    ],
    [{ model_args: { ['n'.repeat(argName)]: 1 } }, { model_args: { ['n'.repeat(argName + 1)]: 1 } }, '500 characters'],
    [
      { model_args: { a: Array(argValues - 2).fill(1) } },
      { model_args: { a: Array(argValues).fill(1) } },
      '10000 values',
    ],
    [{ model_args: { a: 'x'.repeat(argText - 1) } }, { model_args: { a: 'x'.repeat(argText) } }, '262144 characters'],
    [
      { model_args: { keys: Array(credentials).fill('s') } },
      { model_args: { keys: Array(credentials + 1).fill('s') } },
      'at most 128 credentials',
    ],
    [
      { model_args: { key: 's'.repeat(credential) } },
      { model_args: { key: 's'.repeat(credential + 1) } },
      'of at most 4096 characters',
    ],
    [
      { model_args: { keys: Array(4).fill('s'.repeat(credentialText / 4)) } },
      { model_args: { keys: [...Array(4).fill('s'.repeat(credentialText / 4)), 's'] } },
      '16384 in all of them',
    ],
  ];
  for (const [most, more, message] of atLimit) {
    expect(await submit(most), message).toMatchObject({ status: 200 });
    const refused = await submit(more);
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining(message)]);
    expect(refused.text.length).toBeLessThan(2_000);
    // What an earlier version took is in journals.
    expect(keptRequestSchema.safeParse({ model: 'm', tasks: ['t'], ...more }).success, message).toBe(true);
  }
});

const numbered = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, 1]));
