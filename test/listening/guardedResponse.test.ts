import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { responsesWith } from '../../src/listening/webServer.ts';
import { send } from '../support/requests/send.ts';

/* Whichever way an answer's head is written, it has the common headers, and its own come before them. */

const common = { 'X-Guard': 'common', 'X-Frame-Options': 'DENY' };

async function headersOf(answer: (outgoing: ServerResponse) => unknown) {
  const server = createServer({ ServerResponse: responsesWith(common) }, (_, outgoing) => void answer(outgoing));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    return (await send(`http://127.0.0.1:${port}/`, { method: 'GET' })).headers;
  } finally {
    server.close();
  }
}

test.each<[string, string, (outgoing: ServerResponse) => unknown]>([
  ['by Node itself', 'common', (outgoing) => outgoing.end('.')],
  ['as it is streamed', 'common', (outgoing) => outgoing.writable && outgoing.write('.') && outgoing.end()],
  ['by flushing', 'common', (outgoing) => [outgoing.flushHeaders(), outgoing.end('.')]],
  ['without headers', 'common', (outgoing) => outgoing.writeHead(200).end('.')],
  ['with headers', 'common', (outgoing) => outgoing.writeHead(200, { 'X-Other': '1' }).end('.')],
  ['with a reason', 'common', (outgoing) => outgoing.writeHead(200, 'Fine').end('.')],
  ['with a reason and headers', 'common', (outgoing) => outgoing.writeHead(200, 'Fine', { 'X-Other': '1' }).end('.')],
  ['with a list of headers', 'common', (outgoing) => outgoing.writeHead(200, ['X-Other', '1']).end('.')],
  ['with one set before', 'common', (outgoing) => outgoing.setHeader('X-Other', '1').writeHead(200).end('.')],
  ['with its own', 'own', (outgoing) => outgoing.writeHead(200, { 'x-guard': 'own' }).end('.')],
  ['with its own in a list', 'own', (outgoing) => outgoing.writeHead(200, ['X-GUARD', 'own']).end('.')],
  ['with its own set before', 'own', (outgoing) => outgoing.setHeader('X-guard', 'own').end('.')],
])('a head that is written %s has each header once', async (_, expected, answer) => {
  // Twice the same header would be read as one with both values.
  expect(await headersOf(answer)).toMatchObject({ 'x-guard': expected, 'x-frame-options': 'DENY' });
});
