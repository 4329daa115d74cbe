import { expect, test } from 'vitest';
import { EvaldError, UnfitError } from '../../src/schemas/errors/errors.ts';
import { createFakeScheduler, createTestApp } from './fakes.ts';

const smallest = { model: 'hold', tasks: ['t1'] };

test.each(['queueFull', 'intakeClosed'] as const)(
  '%s is answered with when to come back, and is not logged',
  async (code) => {
    const scheduler = createFakeScheduler();
    scheduler.addJob = () => Promise.reject(new EvaldError(code, 'the queue is full'));
    const { post, errors } = createTestApp({ scheduler });
    const answer = await post('/evaluate', smallest);
    expect([answer.status, await answer.json()]).toEqual([503, { detail: 'the queue is full' }]);
    expect(answer.headers.get('retry-after')).toBe('10');
    expect(errors).toEqual([]);
  },
);

test('a request that could never run here is answered as a bad field is, naming it and what is allowed', async () => {
  const scheduler = createFakeScheduler();
  scheduler.addJob = () =>
    Promise.reject(new UnfitError({ path: ['num_gpus'], input: 3, message: '`num_gpus` should be at most 2' }));
  const { post, errors } = createTestApp({ scheduler });
  const answer = await post('/evaluate', smallest);
  const field = { type: 'value_error', loc: ['body', 'num_gpus'], msg: '`num_gpus` should be at most 2', input: 3 };
  expect([answer.status, await answer.json()]).toEqual([422, { detail: [field] }]);
  expect(errors).toEqual([]);
});

test('an unexpected failure is logged, and the client sees nothing of it', async () => {
  const scheduler = createFakeScheduler();
  const failure = new Error('secret: /etc/passwd');
  scheduler.addJob = () => Promise.reject(failure);
  const { post, errors } = createTestApp({ scheduler });
  const answer = await post('/evaluate', smallest);
  expect([answer.status, await answer.json()]).toEqual([500, { detail: 'Internal Server Error' }]);
  expect(errors).toEqual([failure]);
});

test.each(['/nope', '/assets/', '/assets/nope.js', '/jobs/', '/jobs/a/b', '/jobs//', '/Queue'])(
  'the path %s is not found',
  async (path) => {
    const answer = await createTestApp().app.request(path);
    expect([answer.status, await answer.json()]).toEqual([404, { detail: 'Not Found' }]);
  },
);

test.each([
  ['PUT', '/evaluate', 'POST'],
  ['GET', '/evaluate', 'POST'],
  ['OPTIONS', '/evaluate', 'POST'],
  ['POST', '/jobs/abc', 'GET, DELETE, PATCH'],
  ['POST', '/queue', 'GET'],
  ['POST', '/jobs/abc/log', 'GET'],
  ['DELETE', '/jobs/abc/samples/t1', 'GET'],
  ['PUT', '/jobs/abc/artifacts', 'GET'],
  ['PUT', '/jobs/abc/artifacts/a/b.json', 'GET'],
  ['DELETE', '/health', 'GET'],
  ['PATCH', '/tasks', 'GET'],
  ['PUT', '/models', 'GET'],
  ['GET', '/merge', 'POST'],
  ['POST', '/openapi.json', 'GET'],
  ['POST', '/docs', 'GET'],
])('the method %s of %s is not allowed, and the answer says what is', async (method, path, allow) => {
  const answer = await createTestApp().app.request(path, { method });
  expect([answer.status, await answer.json()]).toEqual([405, { detail: 'Method Not Allowed' }]);
  expect(answer.headers.get('allow')).toBe(allow);
});

test.each(['/queue', '/health', '/tasks', '/openapi.json'])(
  'HEAD %s is answered as GET, without its body',
  async (path) => {
    const { app } = createTestApp();
    const head = await app.request(path, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(head.headers.get('content-type')).toBe((await app.request(path)).headers.get('content-type'));
  },
);

test('HEAD of a path that has no GET is not allowed', async () => {
  const answer = await createTestApp().app.request('/evaluate', { method: 'HEAD' });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
});
