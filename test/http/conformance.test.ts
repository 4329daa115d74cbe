import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { send } from '../support/requests/send.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const caseSchema = z.object({
  name: z.string(),
  method: z.string(),
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().nullable(),
  expect: z.enum(['same', 'stricter', 'either', 'own']),
  status: z.int(),
  errors: z.array(z.object({ type: z.string(), loc: z.array(z.union([z.string(), z.int()])) })).optional(),
  detail: z.string().nullable().optional(),
  stored: z.record(z.string(), z.unknown()).optional(),
  keys: z.array(z.string()).optional(),
  allow: z.string().optional(),
});
type Case = z.infer<typeof caseSchema>;
const recorded = new URL('../conformance/cases.json', import.meta.url);
const cases = z.array(caseSchema).parse(JSON.parse(readFileSync(recorded, 'utf8')));

const refusalSchema = z.object({
  detail: z.array(z.object({ type: z.string(), loc: z.array(z.union([z.string(), z.int()])), msg: z.string() })).min(1),
});

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

type Answered = Awaited<ReturnType<typeof send>>;

const outcomes: { [Kind in Case['expect']]: (one: Case, answer: Answered) => Promise<void> } = {
  same: expectSame,
  stricter: async (one, answer) => expectRefusalNaming(one, answer),
  either: async (one, answer) => {
    if (answer.status === one.status && one.status < 300) return expectSame(one, answer);
    const isRead = one.method === 'GET';
    expect(isRead ? [307, 308, 404] : [422]).toContain(answer.status);
  },
  // Ours answers HEAD as it answers GET, and PATCH changes a priority.
  own: async ({ method }, answer) => {
    if (method === 'PATCH')
      return expect([answer.status, answer.text]).toEqual([422, expect.stringMatching('priority')]);
    expect([answer.status, answer.text]).toEqual([200, '']);
  },
};

test.each(cases)('an answer compares with the recorded one as its case says: $expect: $name', async (one) => {
  const answer = await send(`${server.url}${one.path}`, one);
  await outcomes[one.expect](one, answer);
});

async function expectSame(one: Case, answer: Answered): Promise<void> {
  expect(answer.status, answer.text).toBe(one.status);
  if (one.errors !== undefined) return expectSameErrors(one.errors, answer);
  if (one.detail !== undefined) expect(answer.json).toEqual({ detail: one.detail });
  if (one.allow !== undefined) expect(String(answer.headers.allow).split(', ')).toContain(one.allow);
  if (one.keys !== undefined) expect(Object.keys(Object(answer.json))).toEqual(expect.arrayContaining(one.keys));
  if (one.stored !== undefined) {
    const { job_id } = z.object({ job_id: z.string() }).parse(answer.json);
    const job = await send(`${server.url}/jobs/${job_id}`, { method: 'GET' });
    expect(job.json).toMatchObject({ job_id });
    expect(z.object({ request: z.unknown() }).parse(job.json).request).toEqual(one.stored);
  }
}

function expectSameErrors(errors: NonNullable<Case['errors']>, answer: Answered): void {
  const { detail } = refusalSchema.parse(answer.json);
  const places = (entries: { loc: (string | number)[] }[]) =>
    new Set(entries.map(({ loc }) => loc.slice(0, 2).join('.')));
  expect(places(detail)).toEqual(places(errors));
  // A field of several types has one entry a type, told apart by a third part of loc; ours are the same even there.
  const exact = (entries: { type: string; loc: (string | number)[] }[]) =>
    entries.map(({ type, loc }) => `${loc.join('.')}: ${type}`).sort();
  expect(exact(detail)).toEqual(exact(errors));
}

/** The field is the last one of the body: each of these cases changes one field of a request that would be accepted. */
function expectRefusalNaming(one: Case, answer: Answered): void {
  expect(answer.status, answer.text).toBe(422);
  const { detail } = refusalSchema.parse(answer.json);
  const [field = ''] = one.name === 'nul char' ? ['model'] : one.name === 'nan' ? ['limit'] : one.name.split(' ');
  expect(detail.map(({ loc }) => loc[1])).toEqual([field]);
  expect(detail[0]?.msg).toContain(`\`${field}\``);
}
