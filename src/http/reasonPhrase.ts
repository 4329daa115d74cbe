import { STATUS_CODES } from 'node:http';

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
