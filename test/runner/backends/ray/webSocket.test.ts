import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { connectWebSocket } from '../../../../src/runner/backends/ray/webSocket.ts';

/** A server of another make, and what one connection to it hears. */
async function served(serve: (socket: WebSocket) => void) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: true });
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const offers: (string | undefined)[] = [];
  server.on('connection', (socket, request) => {
    offers.push(request.headers['sec-websocket-extensions']);
    serve(socket);
  });
  const { port } = server.address() as AddressInfo;
  const pieces: Buffer[] = [];
  const ended = Promise.withResolvers<boolean>();
  const close = await connectWebSocket(
    `http://127.0.0.1:${port}/path`,
    { authorization: 'Bearer x' },
    { data: (piece) => pieces.push(Buffer.from(piece)), end: ended.resolve },
  );
  return { pieces, ended: ended.promise, close, offers, text: () => Buffer.concat(pieces).toString() };
}

test('a WebSocket receives every message, of any length, and a normal end; it offers no compression', async () => {
  const long = 'ä'.repeat(200_000);
  const { text, ended, offers } = await served((socket) => {
    socket.send('one\n');
    socket.ping('are you there');
    socket.send('x'.repeat(300));
    socket.send(long);
    socket.once('pong', (data) => socket.send(`pong ${data}`, () => socket.close(1000)));
  });
  expect(await ended).toBe(true);
  expect(text()).toContain(`one\n${'x'.repeat(300)}${long}`);
  expect(text()).toContain('pong are you there');
  expect(offers).toEqual([undefined]);
});

test('a message in fragments comes as one text', async () => {
  const { text, ended } = await served((socket) => {
    socket.send('one ', { fin: false });
    socket.send('two', { fin: true }, () => socket.close(1000));
  });
  await ended;
  expect(text()).toBe('one two');
});

test.each([
  ['is cut off', (socket: WebSocket) => socket.terminate()],
  ['is closed for another reason', (socket: WebSocket) => socket.close(1011, 'failed')],
])('a connection that %s has no clean end', async (_, serve) => {
  expect(await (await served(serve)).ended).toBe(false);
});

test('a refused connection is reported', async () => {
  const server = createServer((_, response) => response.writeHead(404).end('no such job')).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const hear = { data: () => {}, end: () => {} };
  await expect(connectWebSocket(`http://127.0.0.1:${port}/`, {}, hear)).rejects.toThrow('404');
});

/** A server that lets everybody in, and then sends these bytes; where `apart` one by one, and then it closes. */
async function sent(bytes: readonly number[], apart = false) {
  const server = createServer().listen(0, '127.0.0.1');
  server.on('upgrade', async (request, socket) => {
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    socket.on('error', () => {});
    (socket as Socket).setNoDelay(true);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    for (const part of apart ? bytes.map((byte) => [byte]) : [bytes]) {
      await new Promise((written) => socket.write(Buffer.from(part), written));
      await setImmediate();
    }
    if (apart) socket.end();
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  const heard: string[] = [];
  const ended = Promise.withResolvers<boolean>();
  const { port } = server.address() as AddressInfo;
  await connectWebSocket(`http://127.0.0.1:${port}/`, {}, { data: (m) => heard.push(`${m}`), end: ended.resolve });
  return { isClean: await ended.promise, heard };
}

test.each([
  ['compressed', [0xc1, 0x00]],
  ['masked', [0x81, 0x80]],
  ['a control frame that is too long', [0x89, 126, 0xff, 0xff]],
  ['a message that is too long', [0x81, 127, 0, 0, 0, 0, 0x01, 0, 0, 0x01]],
  ['longer than numbers reach', [0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
])('a frame that is invalid (%s) ends the connection, and nothing of it is received', async (_, bytes) => {
  expect(await sent(bytes)).toEqual({ isClean: false, heard: [] });
});

test('a frame may come byte by byte', async () => {
  const frames = [0x81, 126, 0, 3, 0x61, 0x62, 0x63, 0x89, 1, 0x70, 0x88, 2, 0x03, 0xe8];
  expect(await sent(frames, true)).toEqual({ isClean: true, heard: ['abc'] });
});
