import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRaw, sendRaw, statusesIn } from '../support/requests/rawRequest.ts';
import { send } from '../support/requests/send.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

/*
 * Requests of which two readers (a proxy and we) could see different ones. A second request stands where only one of the
 * readings has one; it must not be obeyed.
 */

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ flags: ['--max-header', '8192'] });
});
afterAll(() => server.stop());

const hidden = 'POST /queue/pause HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
const post = (...headers: string[]) =>
  `${['POST /evaluate HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', ...headers].join('\r\n')}\r\n\r\n`;
const get = (...headers: string[]) =>
  `${['GET /queue HTTP/1.1', ...headers, 'Connection: close'].join('\r\n')}\r\n\r\n`;

test.each<[name: string, status: number, bytes: string]>([
  [
    'Content-Length with Transfer-Encoding',
    400,
    `${post('Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`,
  ],
  [
    'Transfer-Encoding with Content-Length',
    400,
    `${post('Transfer-Encoding: chunked', 'Content-Length: 5')}0\r\n\r\n${hidden}`,
  ],
  ['two lengths', 400, post('Content-Length: 0', `Content-Length: ${hidden.length}`) + hidden],
  ['two lengths that agree', 400, post('Content-Length: 0', 'Content-Length: 0') + hidden],
  ['a list of lengths', 400, post('Content-Length: 0, 0') + hidden],
  ['a length with a sign', 400, post('Content-Length: +0') + hidden],
  ['a length in hexadecimal', 400, post('Content-Length: 0x0') + hidden],
  ['a length beyond all numbers', 400, post('Content-Length: 99999999999999999999999') + hidden],
  ['an unknown Transfer-Encoding', 400, `${post('Transfer-Encoding: xchunked')}0\r\n\r\n${hidden}`],
  ['chunked that is not the last', 400, `${post('Transfer-Encoding: chunked, identity')}0\r\n\r\n${hidden}`],
  ['Transfer-Encoding before a space', 400, `${post('Transfer-Encoding : chunked')}0\r\n\r\n${hidden}`],
  [
    'Transfer-Encoding in HTTP/1.0',
    400,
    `${post('Transfer-Encoding: chunked').replace('1.1', '1.0')}0\r\n\r\n${hidden}`,
  ],
  ['a header that is continued on the next line', 400, post('X: a\r\n Content-Length: 5') + hidden],
  ['a line feed alone', 400, `${get('Host: localhost').replaceAll('\r\n', '\n')}`],
  ['a carriage return alone', 400, get('Host: localhost', 'X: a\rContent-Length: 5')],
  ['a NUL in a header', 400, get('Host: localhost', 'X: a\0b')],
  ['a chunk that is too long to be one', 400, `${post('Transfer-Encoding: chunked')}FFFFFFFFFFFFFFFFF\r\n`],
  ['a chunk of less than nothing', 400, `${post('Transfer-Encoding: chunked')}-1\r\n\r\n${hidden}`],
  ['a chunk with an endless extension', 413, `${post('Transfer-Encoding: chunked')}1;${'a'.repeat(20_000)}\r\n1\r\n`],
  ['two hosts', 400, get('Host: localhost', 'Host: evil.example')],
  ['the same host twice', 400, get('Host: localhost', 'Host: localhost')],
  ['no host', 400, get()],
  ['an empty host', 400, get('Host:')],
  ['two hosts in one', 400, get('Host: localhost evil.example')],
  ['a host with a user', 400, get('Host: localhost@evil.example')],
  ['a host with a path', 400, get('Host: localhost/evil.example')],
  ['another host in the request line', 421, get('Host: localhost').replace('/queue', 'http://evil.example/queue')],
  ['another host behind headers beyond a number', 421, get(...Array(1_500).fill('a:'), 'Host: evil.example')],
  ['headers that are too large', 431, get('Host: localhost', `X: ${'a'.repeat(9_000)}`)],
  ['a request line that is too long', 431, get('Host: localhost').replace('queue', `queue?${'a'.repeat(9_000)}`)],
  ['a target that is no path', 400, get('Host: localhost').replace('GET /queue', 'OPTIONS *')],
  ['a target with a backslash', 400, get('Host: localhost').replace('/queue', '\\queue')],
  ['what is no HTTP at all', 400, 'HELO localhost\r\n\r\n'],
])('an ambiguous request with %s is answered %i, and the connection ends', async (_name, status, bytes) => {
  const received = await sendRaw(server.url, bytes);
  expect(statusesIn(received)).toEqual([status]);
  expect(JSON.parse(received.slice(received.indexOf('\r\n\r\n')))).toEqual({ detail: expect.any(String) });
  for (const header of ['content-security-policy', 'x-content-type-options']) {
    expect(received.toLowerCase()).toContain(`${header}: `);
  }
  expect((await send(`${server.url}/queue`, { method: 'GET' })).json).toMatchObject({ paused: false, queue_size: 0 });
});

test('a tunnel to another host is not opened', async () => {
  expect(await sendRaw(server.url, 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n')).toBe('');
});

test('a request with a host in its line, as proxies get them, is answered when the host is ours', async () => {
  const whole = get('Host: localhost').replace('/queue', 'http://localhost/queue');
  expect(statusesIn(await sendRaw(server.url, whole))).toEqual([200]);
});

test('a request by HTTP/1.0, which names no host, is answered', async () => {
  expect(statusesIn(await sendRaw(server.url, 'GET /queue HTTP/1.0\r\n\r\n'))).toEqual([200]);
});

test('bytes that arrive in the middle of an answer cut it, and are not answered in it', async () => {
  const { socket, received, closed } = openRaw(server.url);
  socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await eventually(() => received().includes('retry: '));
  socket.write('no HTTP\r\n\r\n');
  expect(statusesIn(await closed)).toEqual([200]);
});
