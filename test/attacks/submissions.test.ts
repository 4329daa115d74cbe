import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { removeFolder } from '../support/files/removeFolder.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const work = '{"model":"majority","tasks":["demo_digits"],"limit":1}';

async function started(...flags: string[]): Promise<TestServer> {
  const server = await startServer({ flags });
  onTestFinished(() => server.stop().then(() => {}));
  return server;
}

type Answered = { status: number; headers: IncomingHttpHeaders; body: string };

function post(server: TestServer, { from = '127.0.0.1', token = '', body = work } = {}): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const headers = {
    'content-type': 'application/json',
    ...(token !== '' && { authorization: `Bearer ${token}` }),
  };
  request(`${server.url}/evaluate`, { method: 'POST', agent: false, localAddress: from, headers }, async (answer) => {
    resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) });
  })
    .on('error', reject)
    .end(body);
  return promise;
}

const statuses = async (answers: Promise<Answered>[]) =>
  (await Promise.all(answers)).map(({ status }) => status).sort();

test('a client that submits without a pause is answered when to come back, and others are accepted', async () => {
  const server = await started('--submissions-per-minute', '5');
  const answers = Array.from({ length: 20 }, () => post(server));
  expect(await statuses(answers)).toEqual([...Array(5).fill(200), ...Array(15).fill(429)]);
  const { headers, body } = await post(server);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  expect(Number(headers['retry-after'])).toBeLessThanOrEqual(12);
  expect(JSON.parse(body)).toEqual({ detail: expect.stringContaining('5 times in a minute') });
  expect((await post(server, { from: '127.0.0.2' })).status).toBe(200);
  expect((await fetch(`${server.url}/queue`)).status).toBe(200);
});

const tokens = { alice: 'a'.repeat(32), bob: 'b'.repeat(32) };

/** Flags of a server that knows the tokens. */
async function knowingTokens(): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  onTestFinished(() => removeFolder(folder));
  const lines = Object.entries(tokens).map(
    ([name, token]) => `${name} submit ${createHash('sha256').update(token).digest('hex')}\n`,
  );
  await writeFile(join(folder, 'tokens'), lines.join(''), { mode: 0o600 });
  return ['--tokens', join(folder, 'tokens')];
}

test('with tokens, each client has its own rate limit, wherever it connects from', async () => {
  const server = await started('--submissions-per-minute', '3', ...(await knowingTokens()));
  const alice = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'];
  expect(await statuses(alice.map((from) => post(server, { from, token: tokens.alice })))).toEqual([
    ...Array(3).fill(200),
    ...Array(2).fill(429),
  ]);
  expect((await post(server, { token: tokens.bob })).status).toBe(200);
  // Who has no token takes nobody's.
  expect((await post(server)).status).toBe(401);
});

test('a rate limit of 0 means none', async () => {
  const server = await started('--submissions-per-minute', '0');
  expect(await statuses(Array.from({ length: 50 }, () => post(server)))).toEqual(Array(50).fill(200));
});

test.each([
  ['an address', async () => [], { from: '127.0.0.1' }, { from: '127.0.0.2' }],
  ['a token', knowingTokens, { token: tokens.alice }, { token: tokens.bob }],
])(
  'a client that fills the queue with large requests is refused with the limit, and others are accepted: by %s',
  async (...given) => {
    const [, flags, first, second] = given;
    const limits = ['--max-queue-bytes', '300000', '--max-queue-bytes-per-client', '200000'];
    // Nothing is started: what is taken waits.
    const server = await started('--slots', '1', ...limits, ...(await flags()));
    const hold = JSON.stringify({ ...JSON.parse(work), model_args: { delay: 60 } });
    const large = JSON.stringify({ ...JSON.parse(work), model_args: { delay: 60, note: 'x'.repeat(90_000) } });
    await post(server, { ...first, body: hold });
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(server, { ...first, body: large })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 503, 503, 503, 503]);
    const refused = answers.find(({ status }) => status === 503);
    expect(refused?.headers['retry-after']).toBe('10');
    expect(JSON.parse(refused?.body ?? '')).toEqual({
      detail: expect.stringMatching(
        /have 1[89]\d{4} of 200000 bytes \(--max-queue-bytes-per-client\), and this one has 9\d{4}\./,
      ),
    });
    expect((await post(server, { ...second, body: large })).status).toBe(200);
    const full = await post(server, { ...second, body: large });
    expect([full.status, JSON.parse(full.body).detail]).toEqual([
      503,
      expect.stringContaining('of 300000 bytes (--max-queue-bytes)'),
    ]);
  },
);
