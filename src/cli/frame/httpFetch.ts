import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/**
 * As much of `fetch` as the client asks of it, by Node's own `http`: what the platform's needs to load takes longer than
 * all else that a short command does. Redirects are not followed: the server sends none.
 */
export const httpFetch: typeof globalThis.fetch = async (input, init = {}) => {
  const url = input as URL;
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const { method = 'GET', headers, body, signal } = init;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const text = typeof body === 'string' ? body : undefined;
  const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) };
  const sent = request(url, {
    method,
    headers: { ...(headers as Record<string, string>), ...length },
    ...(signal && { signal }),
  });
  sent.on('response', resolve).on('error', reject).end(text);
  const message = await promise;
  // Until it is read by whoever called: an error meanwhile is no crash.
  message.on('error', () => {});
  return answerOf(message) as Response;
};

function answerOf(message: IncomingMessage): Pick<Response, 'ok' | 'status' | 'text' | 'body'> & { headers: object } {
  const status = message.statusCode ?? 0;
  return {
    status,
    ok: status >= 200 && status < 300,
    headers: {
      get: (name: string) => {
        const value = message.headers[name.toLowerCase()];
        return value === undefined ? null : String(value);
      },
    },
    text: async () => {
      message.setEncoding('utf8');
      let text = '';
      for await (const piece of message) text += piece;
      return text;
    },
    get body() {
      return Readable.toWeb(message) as Response['body'];
    },
  };
}
