import { type IncomingHttpHeaders, request } from 'node:http';

export type SentAnswer = { status: number; headers: IncomingHttpHeaders; text: string; json: unknown };

type Sent = {
  method: string;
  headers?: { [name: string]: string };
  /** The address to send it from, e.g. `127.0.0.9`. */
  from?: string;
  /** Hang up when the head of the answer is there: for what never ends. */
  headOnly?: boolean;
  /** A list is sent chunk by chunk, without a Content-Length. */
  body?: string | Buffer | Iterable<string | Buffer> | null;
};

/** Sends a request as it is: `fetch` would add a content type, and refuses some requests. */
export function send(
  url: string,
  { method, headers = {}, from, headOnly = false, body = null }: Sent,
): Promise<SentAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<SentAnswer>();
  const outgoing = request(url, { method, headers, localAddress: from, agent: false }, async (incoming) => {
    const chunks: Buffer[] = [];
    if (headOnly) outgoing.destroy();
    else for await (const chunk of incoming) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: parse(text) });
  });
  outgoing.on('error', reject);
  if (body === null || typeof body === 'string' || Buffer.isBuffer(body)) {
    outgoing.end(body ?? undefined);
  } else {
    for (const chunk of body) outgoing.write(chunk);
    outgoing.end();
  }
  return promise;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
