import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { memoryOf } from '../support/measuring/memory.ts';
import { flood, openRaw, sendRaw, statusesIn } from '../support/requests/rawRequest.ts';
import { send } from '../support/requests/send.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const json = { 'content-type': 'application/json' };
const post = (body: string) => send(`${server.url}/evaluate`, { method: 'POST', headers: json, body });

describe('a body of 10 GB', () => {
  const head = (method: string, path: string, ...more: string[]) =>
    `${[`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/json', 'Content-Length: 10000000000', ...more].join('\r\n')}\r\n\r\n`;

  test.each([
    ['POST', '/evaluate'],
    ['POST', '/merge'],
    ['POST', '/queue/pause'],
    ['POST', '/jobs/nosuch/stop'],
    ['DELETE', '/jobs/nosuch'],
    ['GET', '/queue'],
    ['POST', '/nowhere'],
  ])('an announced body of 10 GB on %s %s is answered 413 at once, and the connection ends', async (method, path) => {
    const received = await sendRaw(server.url, `${head(method, path)}{`);
    expect(statusesIn(received)).toEqual([413]);
    expect(received).toContain('at most 1048576 bytes (1 MiB)');
  });

  test('a client that asks with Expect whether to send 10 GB is refused', async () => {
    expect(statusesIn(await sendRaw(server.url, head('POST', '/evaluate', 'Expect: 100-continue')))).toEqual([413]);
  });

  test('a client that sends an announced 10 GB nevertheless is cut off, and costs no memory', async () => {
    const before = await memoryOf(server.process.pid);
    const connection = openRaw(server.url);
    connection.socket.write(head('POST', '/evaluate'));
    expect(await flood(connection, Buffer.alloc(1024 * 1024, 32), 10_000)).toBeLessThan(64);
    expect(statusesIn(await connection.closed)).toEqual([413]);
    expect((await memoryOf(server.process.pid)).peak - before.peak).toBeLessThan(100);
  });

  test('a client that sends a body of undeclared length is cut off at the limit', async () => {
    const connection = openRaw(server.url);
    connection.socket.write(
      head('POST', '/evaluate', 'Transfer-Encoding: chunked').replace(/Content-Length.*\r\n/, ''),
    );
    const block = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(0x100000, 32), Buffer.from('\r\n')]);
    expect(await flood(connection, block, 10_000)).toBeLessThan(64);
    expect(statusesIn(await connection.closed)).toEqual([413]);
  });
});

describe('depth of bodies', () => {
  const deep = (open: string, close: string, depth = 100_000) => open.repeat(depth) + close.repeat(depth);

  test.each([
    ['100,000 brackets', deep('[', ']')],
    ['100,000 brackets that are not closed', '['.repeat(100_000)],
    ['100,000 objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['100,000 brackets in model_args', `{"model":"m","tasks":["t"],"model_args":{"a":${deep('[', ']')}}}`],
    ['100,000 brackets in gen_kwargs', `{"model":"m","tasks":["t"],"gen_kwargs":${deep('[', ']')}}`],
    ['100,000 brackets in an unknown field', `{"model":"m","tasks":["t"],"x":${deep('[', ']')}}`],
  ])('a body of %s is answered 422', async (_name, body) => {
    const answer = await post(body);
    expect(answer.status, answer.text.slice(0, 500)).toBe(422);
    expect(answer.text.length).toBeLessThan(10_000);
  });
});

describe('names that mean something to JavaScript', () => {
  const own = '"model":"majority","tasks":["demo_digits"],"limit":1';
  const planted = '{"num_gpus":7,"output_dir":"/planted","isPlanted":true}';

  /** The request of the job that an accepted body has become. */
  async function requestOf(body: string) {
    const answer = await post(body);
    expect(answer.status, answer.text).toBe(200);
    const { job_id } = z.object({ job_id: z.string() }).parse(answer.json);
    const job = await send(`${server.url}/jobs/${job_id}`, { method: 'GET' });
    return z.object({ request: z.looseObject({ model_args: z.unknown() }) }).parse(job.json).request;
  }

  test.each([
    ['__proto__', `{${own},"__proto__":${planted}}`],
    ['constructor', `{${own},"constructor":{"prototype":${planted}}}`],
    ['__proto__ in model_args', `{${own},"model_args":{"__proto__":${planted}}}`],
    ['constructor in model_args', `{${own},"model_args":{"constructor":{"prototype":${planted}},"toString":1}}`],
    ['__proto__ in labels', `{${own},"labels":{"__proto__":"x","constructor":"y"}}`],
  ])('the name %s in a body reaches neither this job nor the next', async (_name, body) => {
    const answer = await post(body);
    expect([200, 422], answer.text).toContain(answer.status);
    const clean = { num_gpus: 1, output_dir: null };
    if (answer.status === 200) expect(await requestOf(body)).toMatchObject(clean);
    const next = await requestOf(`{${own}}`);
    expect(next).toMatchObject({ ...clean, model_args: null });
    expect(next).not.toHaveProperty('isPlanted');
  });

  test.each([
    '/jobs/__proto__',
    '/jobs/constructor',
    '/jobs/toString/log',
    '/machines/__proto__',
    '/machines/constructor.json',
  ])('the path %s, with a name of JavaScript, is answered 404', async (path) => {
    expect((await send(`${server.url}${path}`, { method: 'GET' })).status).toBe(404);
  });

  test('names of prototype properties in a query and in headers change nothing', async () => {
    const answer = await send(`${server.url}/jobs?__proto__=1&constructor=2&limit=1`, {
      method: 'GET',
      headers: { __proto__2: 'x', constructor: 'y', 'x-__proto__': 'z' },
    });
    expect(answer).toMatchObject({
      status: 200,
      json: { warnings: expect.arrayContaining([expect.stringContaining('constructor')]) },
    });
  });
});
