import { quoted } from '../../submission/copyAs.ts';
import type { Operation } from './openapi.ts';

/** Characters of an answer that are shown: a log may have any number. */
export const MOST_SHOWN = 200_000;

/** A request as it is sent. */
export type Prepared = { method: string; url: string; headers: Record<string, string>; body: string | undefined };

/**
 * Makes a request of what is filled in. What is empty is left out.
 * @param server where the server answers, with a slash at its end: below a path of a proxy, too.
 * @param value what a field has, by where it goes and its name.
 */
export function prepare(
  operation: Operation,
  server: string,
  value: (kind: string, name: string) => string,
  body: string | undefined,
): Prepared {
  const given = (kind: string) =>
    operation.parameters.flatMap(({ in: where, name }): [string, string][] => {
      const text = where === kind ? value(kind, name) : '';
      return text === '' ? [] : [[name, text]];
    });
  const path = given('path').reduce(
    (text, [name, part]) => text.replace(`{${name}}`, () => encodeURIComponent(part.toWellFormed())),
    operation.path.slice(1),
  );
  const query = new URLSearchParams(given('query')).toString();
  const headers = Object.fromEntries(given('header'));
  if (body !== undefined) headers['content-type'] = 'application/json';
  return { method: operation.method.toUpperCase(), url: server + path + (query && `?${query}`), headers, body };
}

/** The same for a terminal. The token is not in it: it would be kept in the shell's history. */
export function asCurl({ method, url, headers, body }: Prepared, needsToken: boolean): string {
  return [
    'curl -s',
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    quoted(url),
    ...(needsToken ? ['-H "Authorization: Bearer $EVALD_TOKEN"'] : []),
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d ${quoted(body)}`]),
  ].join(' ');
}

type Sending = {
  token: string | null;
  signal: AbortSignal;
  onStatus(text: string): void;
  /** Is called with all that has come so far. */
  onText(text: string): void;
};

/** Sends a request, and reports its answer as it comes: a stream has no end. */
export async function send(
  { method, url, headers, body }: Prepared,
  { token, signal, onStatus, onText }: Sending,
): Promise<void> {
  try {
    const answer = await fetch(url, {
      method,
      headers: { ...(token !== null && { authorization: `Bearer ${token}` }), ...headers },
      ...(body !== undefined && { body }),
      // The browser would follow up on a refusal with a dialogue of its own.
      credentials: 'omit',
      signal,
    });
    const status = `${answer.status} ${answer.statusText}`;
    onStatus(status);
    let text = '';
    const decoder = new TextDecoder();
    const reader = answer.body?.getReader();
    // Not `for await`: not every browser can go through a body so.
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      text += decoder.decode(part.value, { stream: true });
      if (text.length > MOST_SHOWN) {
        onStatus(`${status}; what comes after ${MOST_SHOWN} characters is left out`);
        onText(text.slice(0, MOST_SHOWN));
        return void reader?.cancel();
      }
      onText(text);
    }
    onText(indented(text));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    onStatus(error.name === 'AbortError' ? 'Stopped.' : `No answer: ${error.message}`);
  }
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
