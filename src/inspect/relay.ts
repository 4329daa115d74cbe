import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** Where the inspector's page comes from; the reader's browser loads it, the server does not. */
const INSPECTOR = 'https://stately.ai/inspect';

/** Messages that are kept for a page that is opened later. */
const KEPT = 200;

/** Nothing but this machine reaches it. */
const LOOPBACK = '127.0.0.1';

export type Relay = { port: number; close(): void };

/**
 * Stands between what is inspected and the page that shows it: every message of one WebSocket goes to all others. It does
 * what the server of @statelyai/inspect does, which listens on every address of the machine, and lets any web page that the
 * reader has open listen in.
 */
export async function openRelay(): Promise<Relay> {
  const server = createServer((_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end(page));
  const isOwn = ({ origin }: { origin: string | undefined }) => {
    // A program sends no origin; a page's must be this one.
    return origin === undefined || origin === `http://${LOOPBACK}:${portOf(server)}`;
  };
  const sockets = new WebSocketServer({ server, verifyClient: isOwn });
  const kept: string[] = [];
  sockets.on('connection', (socket: WebSocket) => {
    for (const message of kept) socket.send(message);
    socket.on('message', (data) => {
      const message = data.toString();
      kept.push(message);
      if (kept.length > KEPT) kept.shift();
      for (const other of sockets.clients) if (other !== socket && other.readyState === other.OPEN) other.send(message);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  return {
    port: portOf(server),
    close: () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.close();
    },
  };
}

function portOf(server: ReturnType<typeof createServer>): number {
  return (server.address() as AddressInfo).port;
}

/** Hands every message to the inspector in a frame, as soon as that says that it is there. */
const page = `<!doctype html>
<meta charset="utf-8"><title>evald: inspector</title>
<style>html, body, iframe { height: 100%; width: 100%; margin: 0; border: 0 }</style>
<iframe src="${INSPECTOR}"></iframe>
<script>
  const frame = document.querySelector('iframe').contentWindow;
  const waiting = [];
  let connected = false;
  const pass = (message) => frame.postMessage(message, '${new URL(INSPECTOR).origin}');
  addEventListener('message', ({ source, data }) => {
    if (source !== frame || data?.type !== '@statelyai.connected') return;
    connected = true;
    for (const message of waiting.splice(0)) pass(message);
  });
  new WebSocket('ws://' + location.host).onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (connected) pass(message);
    else waiting.push(message);
  };
</script>
`;
