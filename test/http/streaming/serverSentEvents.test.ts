import { once } from 'node:events';
import { connect } from 'node:net';
import { Hono } from 'hono';
import { expect, onTestFinished, test } from 'vitest';
import { answerError } from '../../../src/http/errors.ts';
import { type ConcurrencyLimits, createConcurrencyLimit } from '../../../src/http/middleware/concurrencyLimit.ts';
import {
  createStreamEvents,
  type EventSource,
  type ServerSentEvent,
} from '../../../src/http/streaming/serverSentEvents.ts';
import { listen } from '../../../src/listening/listen.ts';
import { openEvents } from '../../support/requests/eventStream.ts';
import { send } from '../../support/requests/send.ts';
import { eventually } from '../../support/waiting/eventually.ts';

type Limits = NonNullable<Parameters<typeof createStreamEvents>[1]>;

/** A source to which a test gives pages. */
function givenSource() {
  const pages: (ServerSentEvent[] | null)[] = [];
  const listeners = new Set<() => void>();
  const source: EventSource = {
    pull: () => (pages.length > 0 ? (pages.shift() ?? null) : []),
    subscribe: (wake) => {
      listeners.add(wake);
      return () => listeners.delete(wake);
    },
  };
  const give = (page: ServerSentEvent[] | null) => {
    pages.push(page);
    for (const wake of listeners) wake();
  };
  return { source, give, listeners };
}

/** A server that streams a source at /, on a real port. */
async function serving(source: EventSource, limits: Limits = {}, places: ConcurrencyLimits = { most: 10, share: 10 }) {
  const closing = new AbortController();
  const errors: unknown[] = [];
  const logError = (_message: string, error: unknown) => errors.push(error);
  const streamEvents = createStreamEvents(
    { closing: closing.signal, logError, acquire: createConcurrencyLimit(places) },
    limits,
  );
  const app = new Hono().get('/', (c) => streamEvents(c, source));
  app.onError(answerError(logError));
  const listening = await listen(app.fetch, ['127.0.0.1'], 0);
  onTestFinished(() => listening.close(0));
  return { url: `http://127.0.0.1:${listening.port}/`, port: listening.port, closing, listening, errors };
}

test('events come as they happen, with their type, their id and their data', async () => {
  const { source, give, listeners } = givenSource();
  const { url } = await serving(source);
  const stream = await openEvents(url);
  expect(stream.headers.get('content-type')).toBe('text/event-stream');
  give([{ id: 7 }, { event: 'started', id: 8, data: '{"a":1}' }]);
  await eventually(() => stream.received.length === 3);
  give([{ data: '"plain"' }]);
  give(null);
  const none = { event: null, id: null, data: null, comment: null, retry: null };
  expect(await stream.ended).toEqual([
    { ...none, retry: '2000' },
    { ...none, id: '7' },
    { ...none, event: 'started', id: '8', data: '{"a":1}' },
    { ...none, data: '"plain"' },
  ]);
  expect(listeners.size).toBe(0);
});

test('a stream that has nothing to say sends comments, so that no proxy cuts it', async () => {
  const { url } = await serving(givenSource().source, { heartbeat: 5 });
  const stream = await openEvents(url);
  await eventually(() => stream.received.filter(({ comment }) => comment !== null).length >= 3);
  stream.close();
});

test('a reader that does not read costs a bounded number of bytes, is disconnected, and makes room for another', async () => {
  const page = [{ data: JSON.stringify('x'.repeat(64 * 1024)) }];
  let pulled = 0;
  const listeners = new Set<() => void>();
  const endless: EventSource = {
    pull: () => {
      pulled += 64 * 1024;
      return page;
    },
    subscribe: (wake) => {
      listeners.add(wake);
      return () => listeners.delete(wake);
    },
  };
  const { port } = await serving(endless, { patience: 300 });
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  // Never reads: what is sent fills the buffers of the system, and then nothing more is taken.
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await eventually(() => listeners.size === 1);
  await eventually(() => listeners.size === 0);
  expect(pulled).toBeLessThan(32 * 1024 * 1024);
  const taken = pulled;
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'close');
  expect(pulled).toBe(taken);
});

test('the number of open streams is limited; one that ends makes room', async () => {
  const { source, listeners } = givenSource();
  const { url } = await serving(source, {}, { most: 2, share: 2 });
  const [first, second] = [await openEvents(url), await openEvents(url)];
  const refused = await send(url, { method: 'GET' });
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '10']);
  expect(refused.json).toEqual({ detail: expect.stringContaining('2 streams') });
  first.close();
  await eventually(() => listeners.size === 1);
  const third = await openEvents(url);
  expect(third.status).toBe(200);
  for (const stream of [second, third]) stream.close();
  await eventually(() => listeners.size === 0);
});

test('HEAD answers the content type, and opens no stream', async () => {
  const { source, listeners } = givenSource();
  const { url } = await serving(source);
  expect(await send(url, { method: 'HEAD' })).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
  });
  expect(listeners.size).toBe(0);
});

test('when the server closes, the last events are sent, and the connection ends at once', async () => {
  const { source, give } = givenSource();
  const { url, closing, listening } = await serving(source);
  const stream = await openEvents(url);
  await eventually(() => stream.received.length === 1);
  give([{ data: '"last"' }]);
  closing.abort();
  await listening.close(60_000);
  expect((await stream.ended).at(-1)).toMatchObject({ data: '"last"' });
});

test('a source that fails is logged, and its reader is disconnected', async () => {
  const failure = new Error('the disk is gone');
  const { source, give, listeners } = givenSource();
  let hasFailed = false;
  const failing: EventSource = {
    ...source,
    pull: () => {
      if (hasFailed) throw failure;
      return source.pull();
    },
  };
  const { url, errors } = await serving(failing);
  const stream = await openEvents(url);
  await eventually(() => stream.received.length === 1);
  hasFailed = true;
  give([]);
  expect(await stream.ended).toHaveLength(1);
  expect([errors, listeners.size]).toEqual([[failure], 0]);
});
