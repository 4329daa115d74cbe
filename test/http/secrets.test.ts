import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const planted = 'PLANTED-0123456789';
const quick = { model: 'nearest-template', tasks: ['demo'], limit: 1 };

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  expect(server.log()).not.toContain(planted);
  await server.stop();
});

const post = (body: unknown, headers: Record<string, string> = {}) =>
  send(`${server.url}/evaluate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('a refusal', () => {
  test.each<[string, unknown, unknown[]]>([
    ['with a comma', { api_key: `${planted},b` }, ['model_args', 'api_key']],
    ['with a comma, in an object', { auth: { user: 'a', pass: planted } }, ['model_args', 'auth']],
    ['with a comma, below a plain name', { headers: { a: 1, token: planted } }, ['model_args', 'headers']],
    ['that is too large a number', { password: 2 ** 53 + 2 }, ['model_args', 'password']],
    ['with half a character', { api_key: `${planted}\ud800` }, ['model_args', 'api_key']],
    ['with NUL, deep', { list: [{ secret: `${planted}\0` }] }, ['model_args', 'list', 0, 'secret']],
    ['in arguments sent as one text', `response=B,api_key=${planted}`, ['model_args']],
  ])('a refusal does not repeat a credential %s', async (_, model_args, loc) => {
    const answer = await post({ ...quick, model_args });
    expect(answer).toMatchObject({ status: 422, json: { detail: [{ loc: ['body', ...loc] }] } });
    expect(answer.text).not.toContain(planted);
    expect(answer.text).not.toContain(String(2 ** 53 + 2));
  });

  test.each([
    ['a body that was encoded twice', JSON.stringify(JSON.stringify({ model_args: { api_key: planted } }))],
    ['a body that is no JSON', `{"model_args": {"api_key": "${planted}", }}`],
    ['a body that ends in the middle of it', `{"model_args": {"api_key": "${planted}`],
    ['a body with a number that is none', `{"model_args": {"api_key": "${planted}", "n": NaN}}`],
    ['a field that no request has', JSON.stringify({ ...quick, tasks: [], api_key: planted })],
    ['a receiver with a password', JSON.stringify({ ...quick, callback_url: `https://u:${planted}@example.org/` })],
    ['a private receiver', JSON.stringify({ ...quick, callback_url: `http://127.0.0.1:9/?key=${planted}` })],
    ['a receiver that is no URL', JSON.stringify({ ...quick, callback_url: `example.org/?key=${planted}` })],
  ])('a refusal does not repeat a credential in %s', async (_, body) => {
    const answer = await post(body);
    expect(answer.status).toBe(422);
    expect(answer.text).not.toContain(planted);
  });

  test('a value that is no credential is repeated in a refusal', async () => {
    expect((await post({ ...quick, model_args: { response: 'a,b' } })).json).toMatchObject({
      detail: [{ input: 'a,b', msg: expect.stringContaining('got a,b') }],
    });
    expect((await post({ ...quick, model_args: 'response=B' })).json).toMatchObject({
      detail: [{ input: 'response=B' }],
    });
  });
});

test('the mask of an answer is refused as a value: it would run without its credential', async () => {
  const answer = await post({ ...quick, model_args: { api_key: '***', auth: { user: '***' } } });
  expect(answer).toMatchObject({
    status: 422,
    json: { detail: [{ loc: ['body', 'model_args', 'api_key'] }, { loc: ['body', 'model_args', 'auth.user'] }] },
  });
});

test('a key is known for the true request: with another credential it is another one', async () => {
  const key = { 'idempotency-key': 'of-a-secret' };
  const body = { ...quick, model_args: { seed: 1, api_key: planted } };
  const first = await post(body, key);
  expect(await post(body, key)).toMatchObject({ status: 200, json: { job_id: Object(first.json).job_id } });
  expect(await post({ ...body, model_args: { seed: 1, api_key: `${planted}!` } }, key)).toMatchObject({ status: 409 });
  expect(await post({ ...body, model_args: { seed: 1, api_key: '******************' } }, key)).toMatchObject({
    status: 409,
  });
});

test('no hash that is shown can be made by a client that guesses the credential', async () => {
  /** The hash that the journal shows of a submission, and that of who knows all but what is masked, and guesses it. */
  const hashes = async (key: string, model_args: object) => {
    expect((await post({ ...quick, model_args }, { 'idempotency-key': key })).status).toBe(200);
    const { stdout } = await runMain(['journal', 'export', '--data-dir', server.dataDir]);
    const line = stdout.split('\n').find((text) => text.includes(`"${key}"`));
    const { request, options, idempotency } = JSON.parse(line ?? '{}');
    // What the submission did not say is no part of it where the first version had no such field.
    const { engine_args: _, harness: _chosen, split, cpus, memory, pool, retry, ...others } = options;
    expect([split, cpus, memory, pool, retry]).toEqual([false, null, null, null, null]);
    const { ready_file, ready_timeout, after, after_any, ...hashed } = others;
    expect([ready_file, ready_timeout, after, after_any]).toEqual([null, null, [], false]);
    const guess = JSON.stringify({ request: { ...request, model_args }, options: hashed });
    return [idempotency.requestHash, createHash('sha256').update(guess).digest('hex')];
  };
  const [plain, guessed] = await hashes('plain', { seed: 3 });
  expect(plain).toBe(guessed);
  const [secret, guess] = await hashes('guessed', { api_key: 'low' });
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(secret).not.toBe(guess);
});

test('an ended job with credentials cannot be retried: they are gone, and the answer says what to do', async () => {
  const jobId = await submit(server.url, { ...quick, model_args: { api_key: planted } });
  expect(await endedJob(server.url, jobId)).toMatchObject({ status: 'completed' });
  expect(await send(`${server.url}/jobs/${jobId}/retry`, { method: 'POST' })).toMatchObject({
    status: 409,
    json: {
      detail: `Job ${jobId} had credentials in model_args (api_key), which are forgotten when a job has ended. Submit its request again with them.`,
    },
  });
  const plain = await submit(server.url, { ...quick, model_args: { seed: 2 } });
  await endedJob(server.url, plain);
  expect(await send(`${server.url}/jobs/${plain}/retry`, { method: 'POST' })).toMatchObject({ status: 200 });
});
