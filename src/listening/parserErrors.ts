import type { Duplex } from 'node:stream';
import { reasonPhrase } from '../http/reasonPhrase.ts';

/** What Node's parser refuses, beyond what cannot be understood. */
const refusals: { [code: string]: [status: number, detail: string] } = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive'],
};

/**
 * Answers what was refused before there was a request, in the shape of every other refusal, and hangs up: what comes
 * behind it cannot be told apart.
 * @param headers of every answer.
 */
export function answerParserError(headers: Readonly<Record<string, string>>) {
  return (error: NodeJS.ErrnoException, socket: Duplex & { _httpMessage?: { headersSent: boolean } | null }): void => {
    // In the middle of another answer this one would be taken for a part of it.
    const isAnswering = socket._httpMessage?.headersSent === true;
    if (!socket.writable || isAnswering || !isHttp(error.code)) {
      socket.destroy();
      return;
    }
    const [status, detail] = refusals[error.code ?? ''] ?? [400, 'The request is not HTTP that is understood'];
    const body = JSON.stringify({ detail });
    const lines = {
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
      Connection: 'close',
      ...headers,
    };
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${reasonPhrase(status, body)}\r\n${head.join('')}\r\n${body}`, () =>
      socket.destroy(),
    );
  };
}

/** Not a connection that broke, or never got as far as HTTP. */
function isHttp(code: string | undefined): boolean {
  return code?.startsWith('HPE_') === true || code === 'ERR_HTTP_REQUEST_TIMEOUT';
}
