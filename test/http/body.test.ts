import { connect } from 'node:net';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../support/requests/send.ts';
import { createFakeScheduler, createTestApp } from './fakes.ts';

const limit = 1024 * 1024;
const json = { 'content-type': 'application/json' };
const scheduler = createFakeScheduler();
const { app, errors } = createTestApp({ scheduler });

let url: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port));
  url = `http://127.0.0.1:${await promise}/evaluate`;
  stop = () => new Promise((done) => server.close(() => done()));
});
afterAll(async () => {
  await stop();
  expect(errors).toEqual([]);
});

function post(body: string | Buffer | Iterable<string | Buffer>, headers: { [name: string]: string } = json) {
  return send(url, { method: 'POST', headers, body });
}

/** A request that is accepted, filled up with blanks to a number of bytes. */
function padded(bytes: number): string {
  return '{"model":"m","tasks":["t"]}'.padEnd(bytes);
}

describe('a body over 1 MiB', () => {
  test('a body over 1 MiB is refused when its length is declared', async () => {
    const answer = await post(padded(limit + 1));
    expect(answer.status).toBe(413);
    expect(answer.json).toEqual({ detail: 'The body is too large: at most 1048576 bytes (1 MiB) are allowed' });
  });

  test('a body over 1 MiB is refused when it comes in chunks', async () => {
    const answer = await post(Array.from({ length: 17 }, () => ' '.repeat(64 * 1024)));
    expect(answer.status).toBe(413);
  });

  test('a body of exactly 1 MiB is read', async () => {
    expect((await post(padded(limit))).status).toBe(200);
    expect((await post([padded(limit - 1), ' '])).status).toBe(200);
  });

  test('a request after a body that was too large is answered normally', async () => {
    expect((await post('{"model":"m","tasks":["t"]}')).status).toBe(200);
  });
});

describe('a client that hangs up', () => {
  test.each(['Content-Length: 1000', 'Transfer-Encoding: chunked'])(
    'a client that hangs up in the middle of its body causes no failure of the server: %s',
    async (header) => {
      const closed = Promise.withResolvers<void>();
      const { port, hostname } = new URL(url);
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `POST /evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${header}\r\n\r\n9\r\n{"model":`,
        );
        setTimeout(() => socket.destroy(), 50);
      });
      socket.once('close', () => closed.resolve());
      await closed.promise;
      // The next answer comes after the server has dealt with the last: what it logged is looked at in the end.
      expect((await post('{"model":"m","tasks":["t"]}')).status).toBe(200);
    },
  );
});

describe('depth', () => {
  test.each([
    ['open lists', '['.repeat(limit), 'json_invalid', limit],
    ['open objects', '{"a":'.repeat(limit / 5), 'json_invalid', Math.floor(limit / 5) * 5],
    ['closed lists', '['.repeat(limit / 2) + ']'.repeat(limit / 2), 'value_error', 0],
  ])('depth of a body exhausts nothing: %s', async (_name, body, type, loc) => {
    const answer = await post(body);
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ detail: [{ type, loc: ['body', loc] }] });
  });

  test.each(['model', 'tasks', 'model_args', 'batch_size', 'unknown'])(
    'depth exhausts nothing in the field %s',
    async (field) => {
      const depth = 100_000;
      const deep = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
      const answer = await post(`{"model":"m","tasks":["t"],"${field}":${deep}}`);
      expect(answer.status).toBe(422);
      expect(answer.json).toMatchObject({
        detail: [
          { loc: ['body', field], msg: `\`${field}\` is nested too deeply; at most 200 levels are allowed in a field` },
        ],
      });
    },
  );
});

describe('a body that is not JSON', () => {
  test('a body of bytes that are not UTF-8 is refused', async () => {
    const answer = await post(
      Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xff]), Buffer.from('","tasks":["t"]}')]),
    );
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      detail: [{ type: 'json_invalid', loc: ['body'], msg: 'JSON decode error: the body is not UTF-8' }],
    });
  });

  test('a body with half of a surrogate pair is refused', async () => {
    const answer = await post('{"model":"\\ud800","tasks":["t"]}');
    expect(answer.json).toMatchObject({ detail: [{ loc: ['body', 'model'] }] });
  });

  test.each(['NaN', 'Infinity', '-Infinity'])('a body with %s is refused, named with its field', async (number) => {
    const answer = await post(`{"model":"m","tasks":["t"],"limit":${number}}`);
    expect(answer.status).toBe(422);
    expect(answer.json).toEqual({
      detail: [
        {
          type: 'finite_number',
          loc: ['body', 'limit'],
          msg: `\`limit\` should be a finite number: JSON has no ${number}`,
          input: number,
        },
      ],
    });
  });

  test('a body with a number too large for JavaScript is refused', async () => {
    const answer = await post('{"model":"m","tasks":["t"],"limit":1e999,"num_gpus":1e999}');
    expect(answer.json).toMatchObject({
      detail: [
        { loc: ['body', 'limit'], input: 'Infinity' },
        { loc: ['body', 'num_gpus'], type: 'finite_number' },
      ],
    });
  });
});

describe('the content type', () => {
  const body = '{"model":"m","tasks":["t"]}';

  test.each(['application/json', 'Application/JSON; charset=utf-8', 'application/vnd.api+json'])(
    'a body of the content type %s is read as JSON',
    async (type) => {
      expect((await post(body, { 'content-type': type })).status).toBe(200);
    },
  );

  test.each(['text/plain', 'application/jsonp', 'text/json+x', ''])(
    'a body of the content type "%s" is not read as JSON',
    async (type) => {
      const answer = await post(body, type === '' ? {} : { 'content-type': type });
      expect(answer.status).toBe(422);
      expect(answer.json).toMatchObject({ detail: [{ type: 'model_attributes_type', loc: ['body'] }] });
    },
  );
});

test('keys of prototypes are data: kept equal, or refused', async () => {
  const args = '{"constructor":{"prototype":"x"},"toString":"y"}';
  const answer = await post(`{"model":"m","tasks":["t"],"model_args":${args},"constructor":1}`);
  expect(answer.json).toMatchObject({ warnings: expect.arrayContaining(['unknown field "constructor" was ignored']) });
  expect(JSON.stringify([...scheduler.jobs.values()].at(-1)?.request.model_args)).toBe(args);
  const refused = await post('{"model":"m","tasks":["t"],"__proto__":{"num_gpus":0}}');
  expect(refused.json).toMatchObject({ detail: [{ loc: ['body', '__proto__'] }] });
});
