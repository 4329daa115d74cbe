import { readFile, stat } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { fileFault } from '../../../errors.ts';
import { EngineUnavailableError } from '../shared/unavailable.ts';

/** Where Ray's Jobs API is, and how to be let in. */
export type RayAddress = {
  /** Of the dashboard, without a slash at the end. */
  url: string;
  /** A file with the token that Ray wants; null: none. */
  tokenFile: string | null;
};

export type RayAnswer = { status: number; text: string };

/** Milliseconds. Ray itself waits up to 10 s for its agent when a job is submitted. */
const LIMIT = 30_000;
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_WORDS = 300;

/**
 * Asks Ray once. Redirects are not followed: the token would go with them. Not with `fetch`: that sends `Sec-Fetch-Mode`,
 * by which Ray takes it for a browser, and refuses it everything but reading.
 *
 * @returns what it answered, unless that means that it cannot answer.
 * @throws EngineAway when there is no answer in time, when Ray fails, or does not let us in; the message is one line
 * without the token.
 */
export async function askRay(
  address: RayAddress,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<RayAnswer> {
  const headers = await headersOf(address);
  const answer = await send(`${address.url}${path}`, method, headers, body).catch((error) => {
    throw new EngineUnavailableError(`Ray does not answer at ${address.url}: ${faultOf(error)}`);
  });
  if (answer.status === 401 || answer.status === 403) {
    const how =
      address.tokenFile === null ? 'it wants a token (--ray-token-file)' : `the token of ${address.tokenFile}`;
    throw new EngineUnavailableError(`Ray at ${address.url} does not let evald in (${answer.status}): ${how}`);
  }
  return answer;
}

/** What shows Ray that we may. @throws EngineAway when there is no token to be had. */
export async function headersOf({ tokenFile }: RayAddress): Promise<Record<string, string>> {
  if (tokenFile === null) return {};
  const token = await readToken(tokenFile).catch((error) => {
    throw new EngineUnavailableError(
      `the token of Ray (--ray-token-file ${tokenFile}) cannot be used: ${fileFault(error)}`,
    );
  });
  return { authorization: `Bearer ${token}` };
}

/** Ray's failure in one line: the last of a traceback says what it was. */
export function messageOf({ status, text }: RayAnswer): string {
  const line = text.split('\n').findLast((line) => /\w/.test(line)) ?? '';
  return `${status} ${line.trim().slice(0, MOST_WORDS)}`.trim();
}

function send(url: string, method: string, headers: Record<string, string>, body?: object): Promise<RayAnswer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const { promise, resolve, reject } = Promise.withResolvers<RayAnswer>();
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const sent = request(url, {
    method,
    headers: {
      accept: 'application/json',
      ...headers,
      ...(text !== undefined && { 'content-type': 'application/json' }),
    },
    signal: AbortSignal.timeout(LIMIT),
  });
  sent.on('error', reject);
  sent.on('response', (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('error', reject);
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_BYTES) response.destroy(new Error('its answer is too long'));
      else chunks.push(chunk);
    });
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
    );
  });
  sent.end(text);
  return promise;
}

function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return `not within ${LIMIT / 1_000} s`;
  const code = 'code' in error ? String(error.code) : '';
  return error.message || code;
}

/**
 * Reads the token of a file; at each use, so that one that was renewed counts at once.
 * @throws with one line that names the file, never the token: when it cannot be read, is empty, or open to other users.
 */
export async function readToken(file: string): Promise<string> {
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) throw new Error(`the token in ${file} is open to other users; run chmod 600 on it`);
  const token = (await readFile(file, 'utf8')).trim();
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Error(`${file} must hold a token: one word of printable characters`);
  return token;
}
