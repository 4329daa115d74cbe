import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** What Node's parser refuses, beyond what cannot be understood. */
const refusals: { [code: string]: [status: number, detail: string] } = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive'],
};

/**
 * Answers what was refused before there was a request, in the shape of every other refusal, and hangs up: what comes
 * behind it cannot be distinguished.
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

/** Characters; a proxy may refuse a head that is long. */
const MOST = 200;

/**
 * What stands beside the status of a refusal (HTTP's reason phrase): the name of the status, then the first reason of its
 * body. Many clients show nothing else, the client of lmms-eval among them. Plain ASCII in one line, whatever the reason
 * repeats of what was sent. @param body the JSON of the answer.
 */
export function reasonPhrase(status: number, body: string): string {
  const name = STATUS_CODES[status] ?? 'Unknown';
  const reason = plain(firstReason(body));
  if (reason === '' || reason === name) return name;
  return `${name}: ${reason.length > MOST ? `${reason.slice(0, MOST - 3)}...` : reason}`;
}

const plain = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[^ -~]/gu, '?');

function firstReason(body: string): string {
  const detail: unknown = detailOf(body);
  if (typeof detail === 'string') return detail;
  const first: unknown = Array.isArray(detail) ? detail[0] : undefined;
  const { msg, loc } = Object(first);
  if (typeof msg !== 'string') return '';
  const field = Array.isArray(loc) ? loc.slice(1).join('.') : '';
  return field === '' || msg.includes(field) ? msg : `${field}: ${msg}`;
}

function detailOf(body: string): unknown {
  try {
    return Object(JSON.parse(body)).detail;
  } catch {
    return undefined;
  }
}
