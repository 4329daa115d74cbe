import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

/*
 * A user has a server on loopback and visits a page of somebody else: what that page can have the browser send to us, by
 * every way it has. The browser's own headers (Host, Origin, Sec-Fetch-…) a page cannot forge.
 */

const dashboard = 'https://dashboard.example.org';
let server: TestServer;
let ended: string;
let before: unknown;
beforeAll(async () => {
  server = await startServer({ flags: ['--allow-host', 'evald.example.org', '--cors-origin', dashboard] });
  ended = await submit(server.url, { model: 'majority', tasks: ['demo_digits'], limit: 1 });
  await endedJob(server.url, ended);
});
afterAll(() => server.stop());
beforeEach(async () => {
  before = await seen();
});

/** What there is and how the queue is. */
async function seen() {
  const [queue, jobs] = [await get('/queue'), await get('/jobs')];
  return { queue: queue.json, jobs: z.object({ jobs: z.array(z.object({ job_id: z.string() })) }).parse(jobs.json) };
}

const get = (path: string, headers: Record<string, string> = {}) =>
  send(`${server.url}${path}`, { method: 'GET', headers });

const work = JSON.stringify({ model: 'majority', tasks: ['demo_digits'], limit: 1 });
const evil = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
const text = { 'content-type': 'text/plain' };
const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const multipart = { 'content-type': 'multipart/form-data; boundary=x' };

type Sent = { method: string; path: string; headers: Record<string, string>; body?: string };
const post = (path: string, headers: Record<string, string>, body?: string): Sent => ({
  method: 'POST',
  path,
  headers,
  ...(body !== undefined && { body }),
});

const attacks: [name: string, status: number, request: () => Sent][] = [
  ['a form posts fields', 403, () => post('/evaluate', { ...evil, ...form }, 'model=m&tasks=t')],
  ['a form posts JSON as plain text', 403, () => post('/evaluate', { ...evil, ...text }, work)],
  ['a form posts a file', 403, () => post('/evaluate', { ...evil, ...multipart }, '--x--')],
  ['a script posts JSON', 403, () => post('/evaluate', { ...evil, ...json }, work)],
  ['a script posts JSON without a content type', 403, () => post('/evaluate', evil, work)],
  ['a sandboxed frame posts', 403, () => post('/evaluate', { ...json, origin: 'null' }, work)],
  ['a file that was opened posts', 403, () => post('/evaluate', { ...json, origin: 'file://' }, work)],
  [
    'a server on another port of this machine posts',
    403,
    () => post('/evaluate', { ...json, origin: 'http://127.0.0.1:1' }, work),
  ],
  [
    'a browser that hides the origin posts a form',
    403,
    () => post('/evaluate', { ...text, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, work),
  ],
  ['a browser that tells nothing posts a form', 422, () => post('/evaluate', text, work)],
  ['a browser that tells nothing posts fields', 422, () => post('/merge', form, 'checkpoint_path=/c')],
  ['a form without an origin pauses the queue', 415, () => post('/queue/pause', text, 'x=y')],
  ['a form without an origin repeats a job', 415, () => post(`/jobs/${ended}/retry`, multipart, '--x--')],
  ['a page pauses the queue', 403, () => post('/queue/pause', evil)],
  ['a page resumes the queue', 403, () => post('/queue/resume', evil)],
  ['a page repeats a job', 403, () => post(`/jobs/${ended}/retry`, evil)],
  ['a page stops a job', 403, () => post(`/jobs/${ended}/stop`, evil)],
  ['a page cancels a job', 403, () => ({ method: 'DELETE', path: `/jobs/${ended}`, headers: evil })],
  ['a page merges a checkpoint', 403, () => post('/merge', { ...evil, ...json }, '{"checkpoint_path":"/c"}')],
  [
    'a page asks whether it may',
    403,
    () => ({ method: 'OPTIONS', path: '/evaluate', headers: { ...evil, 'access-control-request-method': 'POST' } }),
  ],
  ['a page reads the queue', 403, () => ({ method: 'GET', path: '/queue', headers: evil })],
  [
    'a page shows a drawing of ours',
    403,
    () => ({
      method: 'GET',
      path: '/machines/job.svg',
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    }),
  ],
  [
    'a page of another port runs a job as a script',
    403,
    () => ({
      method: 'GET',
      path: `/jobs/${ended}`,
      headers: { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
    }),
  ],
  [
    'a page holds a stream open',
    403,
    () => ({
      method: 'GET',
      path: '/events',
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    }),
  ],
  [
    'an origin that begins like an allowed one',
    403,
    () => post('/evaluate', { ...json, origin: `${dashboard}.evil.example` }, work),
  ],
  [
    'an origin that ends like an allowed one',
    403,
    () => post('/evaluate', { ...json, origin: 'https://evil-dashboard.example.org' }, work),
  ],
  [
    'the allowed origin without TLS',
    403,
    () => post('/evaluate', { ...json, origin: 'http://dashboard.example.org' }, work),
  ],
  [
    'a name that was led to us (DNS rebinding)',
    421,
    () => post('/evaluate', { ...json, host: 'evil.example', origin: 'http://evil.example' }, work),
  ],
  ['such a name reads', 421, () => ({ method: 'GET', path: '/queue', headers: { host: 'evil.example:8000' } })],
  [
    'a name that begins like ours',
    421,
    () => ({ method: 'GET', path: '/queue', headers: { host: 'localhost.evil.example' } }),
  ],
  [
    'a name that ends like an allowed one',
    421,
    () => ({ method: 'GET', path: '/queue', headers: { host: 'a.evald.example.org' } }),
  ],
  [
    'a name with our address in it',
    421,
    () => ({ method: 'GET', path: '/queue', headers: { host: '127.0.0.1.nip.example' } }),
  ],
  ['the address of another machine', 421, () => ({ method: 'GET', path: '/queue', headers: { host: '192.0.2.7' } })],
];

test.each(attacks)('a forged request is refused, and nothing has changed: %s: %i', async (_name, status, request) => {
  const { path, ...sent } = request();
  const answer = await send(`${server.url}${path}`, sent);
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  expect(answer.json).toEqual({ detail: expect.anything() });
  expect(await seen()).toEqual(before);
});

test('the refusal of a name or origin says what would allow it', async () => {
  expect((await get('/queue', { host: 'Other.example:8000' })).json).toEqual({
    detail: expect.stringMatching(/not known as other\.example\..*--allow-host other\.example$/),
  });
  expect((await get('/queue', { origin: 'https://other.example' })).json).toEqual({
    detail: expect.stringMatching(/"https:\/\/other\.example".*--cors-origin/),
  });
});

describe('a request of an allowed origin', () => {
  test.each([
    ['a program', {}],
    ['a program by another name of loopback', { host: 'localhost:9000' }],
    ['through a forwarded port', { host: '[::1]:9000' }],
    ['through a proxy', { host: 'evald.example.org' }],
    ['our own page', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }],
    ['our own page, through a proxy with TLS', { host: 'evald.example.org', origin: 'https://evald.example.org' }],
    ['the address bar', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
    ['a link on another page', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }],
    ['a page that is allowed', { origin: dashboard, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }],
  ])('a request of an allowed origin is served: %s', async (_name, headers) => {
    expect(await get('/queue', headers)).toMatchObject({ status: 200, json: { queue_size: 0 } });
  });

  test('a page of the server itself can start work', async () => {
    const headers = { ...json, origin: server.url, 'sec-fetch-site': 'same-origin' };
    const answer = await send(`${server.url}/evaluate`, { method: 'POST', headers, body: work });
    expect(answer.status).toBe(200);
  });

  test('curl changes something without a body, whatever content type it declares', async () => {
    for (const headers of [{}, { ...form, 'content-length': '0' }, { ...json, 'content-length': '0' }]) {
      expect((await send(`${server.url}/queue/resume`, { method: 'POST', headers })).status).toBe(200);
    }
  });
});

describe('a page of an allowed origin', () => {
  test('a page of an allowed origin asks with a preflight request, and is allowed', async () => {
    const headers = {
      origin: dashboard,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,idempotency-key',
    };
    const { status, headers: said, text: body } = await send(`${server.url}/evaluate`, { method: 'OPTIONS', headers });
    expect([status, body]).toEqual([204, '']);
    expect(said['access-control-allow-origin']).toBe(dashboard);
    expect(said['access-control-allow-methods']).toContain('POST');
    expect(said['access-control-allow-headers']).toMatch(/Authorization.*Content-Type.*Idempotency-Key/);
    expect(said['access-control-allow-credentials']).toBeUndefined();
    expect(said['vary']).toBe('Origin');
  });

  test('a page of an allowed origin reads every answer, refusals too', async () => {
    for (const path of ['/queue', '/jobs/nosuch', '/nowhere', '/evaluate']) {
      const { headers } = await get(path, { origin: dashboard });
      expect(headers['access-control-allow-origin'], path).toBe(dashboard);
      expect(headers['access-control-expose-headers'], path).toContain('Retry-After');
      expect(headers['vary'], path).toBe('Origin');
    }
    expect((await get('/machines', { origin: dashboard })).headers['vary']).toBe('Accept, Origin');
  });

  test('answers to a page of an allowed origin are cached apart from those to other pages', async () => {
    const { headers } = await get('/queue');
    expect([headers['vary'], headers['access-control-allow-origin']]).toEqual(['Origin', undefined]);
  });
});

test('OPTIONS that is no preflight request is a method like another', async () => {
  expect(await send(`${server.url}/queue`, { method: 'OPTIONS' })).toMatchObject({
    status: 405,
    headers: { allow: 'GET' },
  });
});
