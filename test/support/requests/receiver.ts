import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request as the receiver got it. */
export type Posted = { method: string; path: string; headers: IncomingHttpHeaders; body: string };

export type Receiver = {
  /** Where it takes posts. */
  url: string;
  port: number;
  /** What it got, in order. */
  posts: Posted[];
  /** Ends it, and what it is answering. */
  down(): Promise<void>;
};

type ReceiverOptions = {
  /** How it answers; 204 if left out. */
  answer?: (response: ServerResponse, request: IncomingMessage) => void;
  /** The port of an earlier one. */
  port?: number;
  host?: string;
};

/** Answers with a status. */
export const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(code, headers).end();
  };

/** Takes a post and never answers. */
export const hang = (): void => {};

/** A real server that takes posts until the test ends. */
export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const { answer = status(204), host = '127.0.0.1' } = options;
  const posts: Posted[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '', headers } = request;
    posts.push({ method, path, headers, body: await text(request) });
    answer(response, request);
  });
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const down = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  onTestFinished(down);
  return { url: `http://${host}:${port}`, port, posts, down };
}
