import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { reasonPhrase } from '../../src/listening/parserErrors.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** The first line of the answer, as it came. */
async function statusLine(head: string, body = ''): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  socket.write(`${head}\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${body.length}\r\n`);
  socket.write(`Content-Type: application/json\r\n\r\n${body}`);
  await once(socket, 'close');
  return text.slice(0, text.indexOf('\r\n'));
}

describe('the reason beside the status', () => {
  test.each([
    ['POST /evaluate HTTP/1.1', '{"tasks":["a"]}', '422 Unprocessable Entity: model: Field required'],
    ['POST /evaluate HTTP/1.1', '{"model":"a","tasks":[]}', '422 Unprocessable Entity: `tasks` should'],
    ['GET /jobs/nosuch HTTP/1.1', '', '404 Not Found: Job nosuch not found'],
    ['GET /jobs?status=odd HTTP/1.1', '', '422 Unprocessable Entity: '],
    ['GET /nosuch HTTP/1.1', '', '404 Not Found'],
    ['PUT /queue HTTP/1.1', '', '405 Method Not Allowed'],
    ['GET /jobs/nosuch HTTP/1.0', '', '404 Not Found: Job nosuch not found'],
    ['GET /health HTTP/1.1', '', '200 OK'],
    ['GET /%zz HTTP/9.9', '', '400 Bad Request: The request is not HTTP that is understood'],
  ])('the first reason of a refusal stands beside its status: %s %s', async (head, body, expected) => {
    expect(await statusLine(head, body)).toMatch(new RegExp(`^HTTP/1.1 ${expected}`));
  });

  test('a reason beside the status is one line of plain ASCII and bounded, whatever it repeats of what was sent', async () => {
    const sent = encodeURIComponent(`a\r\nX-Evil: 1\r\n\r\nä😀\x07${'b'.repeat(900)}`);
    const line = await statusLine(`GET /jobs/${sent} HTTP/1.1`);
    expect(line).toMatch(/^HTTP\/1\.1 404 Not Found: Job a X-Evil: 1 \?+b+\.\.\.$/);
    expect(line.length).toBeLessThan(300);
    const answer = await send(`${server.url}/jobs/${sent}`, { method: 'GET' });
    expect(answer.headers).not.toHaveProperty('x-evil');
  });

  test('a reason beside the status is left out where the body has none', () => {
    for (const body of ['', 'no JSON', '[]', '{}', '{"detail":[]}', '{"detail":[{}]}', '{"detail":"Not Found"}']) {
      expect(reasonPhrase(404, body)).toBe('Not Found');
    }
  });

  test('a reason beside the status shows no credential that was sent', async () => {
    const body = { model: 'a', tasks: ['a'], model_args: { api_key: ['hidden-value'] }, num_fewshot: 'hidden-value' };
    expect(await statusLine('POST /evaluate HTTP/1.1', JSON.stringify(body))).not.toContain('hidden-value');
  });
});

describe('a path with slashes at its end', () => {
  test.each([
    ['GET', '/queue/', '/queue'],
    ['GET', '/jobs/x///', '/jobs/x'],
    ['DELETE', '/jobs/x/?a=1&b=%20c', '/jobs/x?a=1&b=%20c'],
    ['POST', '/evaluate/', '/evaluate'],
    ['GET', '/evaluate/', '/evaluate'],
    ['GET', '/docs/', '/docs'],
    ['GET', '/openapi.json/', '/openapi.json'],
    ['HEAD', '/jobs/x/', '/jobs/x'],
    ['GET', '/jobs/%C3%A4%20b/?x=%ff', '/jobs/%C3%A4%20b?x=%ff'],
  ])(
    'a path with slashes at its end is redirected to the path without them, as by the original: %s %s',
    async (method, path, location) => {
      const answer = await send(server.url + path, { method });
      expect({ status: answer.status, location: answer.headers.location }).toEqual({ status: 307, location });
    },
  );

  test.each([
    '/nosuch/',
    '//',
    '//evil.example/',
    '/\\evil.example/',
    '//queue/',
    '/jobs/',
    '/jobs/x/artifacts/',
    '/jobs/x/artifacts/..',
    '/jobs//',
    '/%2F%2Fevil.example/',
  ])(
    'a path with slashes at its end is not found where there is none without them, and leads nowhere else: %s',
    async (path) => {
      expect(await statusLine(`GET ${path} HTTP/1.1`)).not.toMatch(/^HTTP\/1\.1 3/);
    },
  );
});

describe('a body in a Content-Encoding', () => {
  const body = gzipSync('{"model":"majority","tasks":["demo_digits"]}');
  const headers = { 'content-type': 'application/json' };

  test.each(['/evaluate', '/merge', '/queue/pause'])(
    'a body in a Content-Encoding is refused with 415 that names what is accepted: %s',
    async (path) => {
      for (const sent of [body, [body]]) {
        const coded = { ...headers, 'content-encoding': 'gzip' };
        const answer = await send(server.url + path, { method: 'POST', headers: coded, body: sent });
        expect(answer).toMatchObject({ status: 415, headers: { 'accept-encoding': 'identity' } });
        expect(answer.json).toEqual({ detail: expect.stringMatching(/"gzip".*without Content-Encoding/) });
      }
    },
  );

  test('a body is read where the encoding is none', async () => {
    const plain = { ...headers, 'content-encoding': 'Identity' };
    const answer = await send(`${server.url}/evaluate`, { method: 'POST', headers: plain, body: '{}' });
    expect(answer.status).toBe(422);
  });
});

test.each(['1e20', '-1e20', '1e300'])('num_fewshot %s is refused as int_parsing_size', async (number) => {
  const body = `{"model":"a","tasks":["a"],"num_fewshot":${number}}`;
  const answer = await send(`${server.url}/evaluate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(answer).toMatchObject({
    status: 422,
    json: { detail: [{ type: 'int_parsing_size', loc: ['body', 'num_fewshot'] }] },
  });
});

test('a file of a run is listed and sent by its name, whatever is in it', async () => {
  const job = await endedJob(
    server.url,
    await submit(server.url, { model: 'majority', tasks: ['demo_digits'], limit: 2 }),
  );
  const folder = dirname(String(job.log));
  const names = [
    ...[
      'two\nlines.txt',
      'a\r\nX-Evil: 1\r\n\r\n.json',
      'a%0Ab',
      '100%.txt',
      '100%25',
      '"quoted"; x="y',
      "it's (1).json",
    ],
    ...['ü 漢😀.log', 'a?b#c', ' spaces ', 'tab\tx', 'back\\slash', '\u2028line', '\x1b[31m', 'sub/two\nlines'],
  ];
  await mkdir(join(folder, 'sub'));
  for (const name of names) await writeFile(join(folder, name), `content of ${name}`);
  const list = await send(`${server.url}/jobs/${job.job_id}/artifacts`, { method: 'GET' });
  const { files } = z.object({ files: z.array(z.object({ path: z.string() })) }).parse(list.json);
  expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(names));
  for (const name of names) {
    const url = `${server.url}/jobs/${job.job_id}/artifacts/${encodeURIComponent(name)}`;
    const answer = await send(url, { method: 'GET' });
    expect({ name, status: answer.status, text: answer.text }).toEqual({
      name,
      status: 200,
      text: `content of ${name}`,
    });
    expect(answer.headers).not.toHaveProperty('x-evil');
    const [, plain, full] =
      /^attachment; filename="([\w .+-]*)"; filename\*=UTF-8''([\w.~!*&$+^`|%-]*)$/.exec(
        String(answer.headers['content-disposition']),
      ) ?? [];
    expect(plain).toBeDefined();
    expect(decodeURIComponent(String(full))).toBe(basename(name));
  }
  const missing = await send(`${server.url}/jobs/${job.job_id}/artifacts/no%0Asuch`, { method: 'GET' });
  expect(missing).toMatchObject({ status: 404, json: { detail: expect.stringContaining('"no\\nsuch"') } });
});
