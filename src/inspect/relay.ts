import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { shownUrl } from '../schemas/secrets/shownUrl.ts';

/** Where the inspector's page comes from; the reader's browser loads it, the server does not. */
const INSPECTOR = 'https://stately.ai/inspect';

/** Messages that are kept for a page that is opened later. */
const KEPT = 200;

/** Nothing but this machine reaches it. */
const LOOPBACK = '127.0.0.1';

export type Relay = {
  /** The page, for the operator's browser. Only a client that knows the address sees anything. */
  page: string;
  /** Where what is inspected sends its messages; no other client's are passed on. */
  publisher: string;
  close(): void;
};

/**
 * Stands between what is inspected and the page that shows it: what the publisher sends goes to every page. It does
 * what the server of @statelyai/inspect does, which listens on every address of the machine, and lets any web page that the
 * reader has open listen in and send. Other users of the machine reach the port too: both addresses have a secret.
 */
export async function openRelay(): Promise<Relay> {
  const pagePath = `/${secret()}/`;
  const publisherPath = `/${secret()}`;
  const server = createServer(({ url }, response) => {
    if (url !== pagePath) return response.writeHead(404).end();
    return response.writeHead(200, { 'Content-Type': 'text/html', 'Referrer-Policy': 'no-referrer' }).end(page);
  });
  const isOwn = ({ origin, req }: { origin: string | undefined; req: IncomingMessage }) => {
    if (req.url === publisherPath) return origin === undefined;
    // A program sends no origin; a page's must be this one.
    return req.url === pagePath && (origin === undefined || origin === `http://${LOOPBACK}:${portOf(server)}`);
  };
  const sockets = new WebSocketServer({ server, verifyClient: isOwn });
  const pages = new Set<WebSocket>();
  const kept: string[] = [];
  const publish = (data: RawData) => {
    const message = masked(data.toString());
    kept.push(message);
    if (kept.length > KEPT) kept.shift();
    for (const socket of pages) if (socket.readyState === socket.OPEN) socket.send(message);
  };
  sockets.on('connection', (socket: WebSocket, { url }) => {
    if (url === publisherPath) {
      socket.on('message', publish);
      return;
    }
    for (const message of kept) socket.send(message);
    pages.add(socket);
    socket.on('close', () => pages.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  const address = `${LOOPBACK}:${portOf(server)}`;
  return {
    page: `http://${address}${pagePath}`,
    publisher: `ws://${address}${publisherPath}`,
    close: () => {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.close();
    },
  };
}

const secret = (): string => randomBytes(24).toString('base64url');

/** URLs, also in a text within a text: what they end in differs. */
const URLS = /https?:\/\/[^\s"'\\<>]+/g;

/** A message with every URL as the interface shows it: the query of a webhook may be its password. */
const masked = (message: string): string => message.replaceAll(URLS, shownUrl);

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
  new WebSocket('ws://' + location.host + location.pathname).onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (connected) pass(message);
    else waiting.push(message);
  };
</script>
`;
