import { createHash, randomBytes } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { controlFrame, createFrameReader } from './frames.ts';

export type SocketListener = {
  /** A piece of what the server sends. */
  data(piece: Buffer): void;
  /** Once, when nothing more comes. @param isClean whether the server said so itself, with the code of a normal end. */
  end(isClean: boolean): void;
};

/** Milliseconds to be let in. */
const LIMIT = 10_000;
/** Milliseconds of silence after which the system asks whether the other side is there. */
const ALIVE = 30_000;
const NORMAL = 1_000;
const ACCEPTING = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * Opens a WebSocket that only listens. Not Node's own: that always offers to compress, and Ray's dashboard passes the
 * offer on to its agent without being able to read what then comes: not a word arrives.
 *
 * @param url http or https. @returns closes it; then nothing more is heard. @throws when it is not let in.
 */
export async function connectWebSocket(
  url: string,
  headers: Readonly<Record<string, string>>,
  hear: SocketListener,
): Promise<() => void> {
  const { socket, early } = await shakeHands(url, headers);
  // Nothing may be said for hours, and a connection that is gone should not be waited for.
  if (socket instanceof Socket) socket.setKeepAlive(true, ALIVE);
  let isOver = false;
  const finish = (isClean: boolean) => {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    hear.end(isClean);
  };
  const read = createFrameReader({
    data: (piece) => isOver || hear.data(piece),
    ping: (payload) => socket.write(controlFrame('pong', payload, randomBytes(4))),
    close: (code) => {
      socket.write(controlFrame('close', Buffer.alloc(0), randomBytes(4)), () => finish(code === NORMAL));
    },
  });
  const take = (bytes: Buffer) => {
    try {
      read(bytes);
    } catch {
      finish(false);
    }
  };
  socket.on('error', () => finish(false));
  socket.on('close', () => finish(false));
  socket.on('data', take);
  if (early.length > 0) take(early);
  return () => {
    isOver = true;
    socket.destroy();
  };
}

function shakeHands(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ socket: Duplex; early: Buffer }> {
  const key = randomBytes(16).toString('base64');
  const { promise, resolve, reject } = Promise.withResolvers<{ socket: Duplex; early: Buffer }>();
  const sent = (url.startsWith('https:') ? requestHttps : requestHttp)(url, {
    headers: {
      ...headers,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': key,
      'sec-websocket-version': '13',
    },
    // Not one that is kept for other requests: it is given away.
    agent: false,
  });
  const late = setTimeout(() => sent.destroy(new Error(`not within ${LIMIT / 1_000} s`)), LIMIT);
  sent.on('error', reject);
  sent.on('response', (response) => {
    response.resume();
    reject(new Error(`it answers ${response.statusCode}`));
  });
  sent.on('upgrade', (response, socket, early) => {
    const expected = createHash('sha1').update(`${key}${ACCEPTING}`).digest('base64');
    if (response.headers['sec-websocket-accept'] === expected) return resolve({ socket, early });
    socket.destroy();
    reject(new Error('it is no WebSocket'));
  });
  sent.end();
  return promise.finally(() => clearTimeout(late));
}
