import {
  createServer as createHttpServer,
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  type Server,
  ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { getRequestListener, RequestError } from '@hono/node-server';
import { beyondBase, targetBelow } from './basePath.ts';
import { answerParserError, reasonPhrase } from './parserErrors.ts';
import type { TlsSettings } from './tls.ts';

type Fetch = Parameters<typeof getRequestListener>[0];

export type WebServerOptions = {
  /** On every answer, unless the answer has its own. */
  headers: Readonly<Record<string, string>>;
  /** Bytes of the headers of a request. */
  maxHeader: number;
  /** Bytes of a body. */
  maxBody: number;
  /** Milliseconds in which a whole request must have arrived, and in which a reader must take something of an answer. */
  requestTimeout: number;
  tls: TlsSettings | null;
  /** What stands before every path: `/evald`; empty: nothing. */
  basePath: string;
};

/**
 * Milliseconds for which a connection may wait for its next request. Longer than clients and proxies keep theirs, so that
 * none is closed at the moment it is used again.
 */
const KEEP_ALIVE = 65_000;

/** A server that is no slower than its slowest client lets it be, and that hands on only what it understood. */
export function createWebServer(fetch: Fetch, options: WebServerOptions): Server {
  const { headers, maxHeader, maxBody, requestTimeout, tls, basePath } = options;
  const interval = Math.min(5_000, Math.max(50, requestTimeout / 4));
  const settings = {
    maxHeaderSize: maxHeader,
    requestTimeout,
    headersTimeout: requestTimeout,
    connectionsCheckingInterval: interval,
    keepAliveTimeout: KEEP_ALIVE,
    // Refused below, in our words.
    requireHostHeader: false,
    ServerResponse: responsesWith(headers),
  };
  const server =
    tls === null
      ? createHttpServer(settings)
      : createHttpsServer({ ...settings, ...tls, handshakeTimeout: requestTimeout });
  // Bytes are what is limited: Node would leave out the headers beyond a number, and no one would know.
  server.maxHeadersCount = 0;
  // A little later, so that a request that takes too long gets that answer first.
  server.setTimeout(requestTimeout + 2 * interval);
  // Programs of HTTP/1.0 name no host.
  const listener = getRequestListener(withReason(fetch), { hostname: 'localhost', errorHandler: answerUnreadable });
  server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    outgoing.on('timeout', hangUpOnIdleReader);
    if (incoming.headers.host === undefined && incoming.httpVersion !== '1.0') {
      return answerAtOnce(outgoing, 400, 'A Host header is needed', { Connection: 'close' });
    }
    if (basePath !== '') {
      const asked = targetBelow(basePath, incoming.url ?? '');
      if (asked.kind === 'beyond') return answerAtOnce(outgoing, 404, beyondBase(basePath));
      if (asked.kind === 'root') return void outgoing.writeHead(307, { Location: asked.location }).end();
      // All that is asked from here on knows nothing of what stands before it.
      incoming.url = asked.target;
    }
    void listener(incoming, outgoing);
  });
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // A client that asks whether to send what is too large gets the refusal as the answer.
    if (!(Number(incoming.headers['content-length'] ?? 0) > maxBody)) outgoing.writeContinue();
    server.emit('request', incoming, outgoing);
  });
  server.on('clientError', answerParserError(headers));
  return server;
}

/** Answers a refusal that no route is needed for. */
function answerAtOnce(
  outgoing: ServerResponse,
  status: number,
  detail: string,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = JSON.stringify({ detail });
  outgoing.writeHead(status, reasonPhrase(status, body), {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    ...headers,
  });
  outgoing.end(body);
}

/** Has every refusal say its first reason beside its status. What is streamed is left as it is. */
function withReason(fetch: Fetch): Fetch {
  return (request, env) => {
    const answered = fetch(request, env);
    return answered instanceof Promise ? answered.then((answer) => explained(answer, env)) : explained(answered, env);
  };
}

function explained(answer: unknown, { incoming, outgoing }: Parameters<Fetch>[1]): unknown {
  if (!(answer instanceof Response) || answer.status < 400 || incoming.method === 'HEAD') return answer;
  const { status, headers } = answer;
  const isWhole =
    headers.get('connection') !== 'close' && /^application\/json\b/.test(headers.get('content-type') ?? '');
  if (!isWhole || !('statusMessage' in outgoing)) return answer;
  return answer.text().then((body) => {
    outgoing.statusMessage = reasonPhrase(status, body);
    return new Response(body, { status, headers });
  });
}

/** An answer for which we ourselves need long is waited for; one that no one takes is not. */
function hangUpOnIdleReader(this: ServerResponse): void {
  if (this.writableLength > 0) this.destroy();
}

/** What is HTTP and still no request: a target that is no URL. Whatever else is thrown, the app has answered. */
function answerUnreadable(error: unknown): Response {
  const isTheirs = error instanceof RequestError;
  const detail = isTheirs ? `The request cannot be understood: ${error.message}` : 'Internal Server Error';
  return Response.json({ detail }, { status: isTheirs ? 400 : 500 });
}

type Given = OutgoingHttpHeaders | OutgoingHttpHeader[];

/**
 * Makes the class of answers that carry some headers, unless an answer has its own. They are put where every head of an
 * answer is written, also one that Node writes by itself, so that no one can forget them; headers that are set before
 * that, one by one, would have Node take a slower way for all.
 */
export function responsesWith(headers: Readonly<Record<string, string>>) {
  const names: ReadonlySet<string> = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  return class GuardedResponse<R extends IncomingMessage = IncomingMessage> extends ServerResponse<R> {
    override writeHead(status: number, reason?: string | Given, more?: Given): this {
      const text = (typeof reason === 'string' ? reason : undefined) as string;
      const given = more ?? (typeof reason === 'string' ? undefined : reason);
      if (!Array.isArray(given) && !hasAny(given, names) && this.getHeaderNames().length === 0) {
        return super.writeHead(status, text, { ...headers, ...given });
      }
      for (const [name, value] of Object.entries(headers)) if (!this.hasHeader(name)) this.setHeader(name, value);
      return super.writeHead(status, text, given);
    }
  };
}

function hasAny(headers: OutgoingHttpHeaders | undefined, names: ReadonlySet<string>): boolean {
  for (const name in headers) if (names.has(name.toLowerCase())) return true;
  return false;
}
