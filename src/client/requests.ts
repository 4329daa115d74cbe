import type { z } from 'zod';
import { readAnswer, UnreadableAnswer } from './answers.ts';
import { ClientError } from './errors.ts';
import { readRefusal } from './refusals.ts';
import { createTarget, type QueryValues } from './target.ts';

export type ClientOptions = {
  /** Where the server answers: `http://localhost:8000`. One with a password (`http://name:token@host`) brings the token. */
  server: string | URL;
  token?: string | undefined;
  /** Takes the place of the platform's own `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds until an answer must have begun, where a call does not say; 60,000 if left out, null: any time. */
  timeout?: number | null | undefined;
};

/** What any call may be given. */
export type CallOptions = {
  /** Ends the call: it throws `interrupted`. */
  signal?: AbortSignal | undefined;
  /** Milliseconds it may take, else it throws `timedOut`; null: any time. */
  timeout?: number | null | undefined;
};

export type Call = CallOptions & {
  method?: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE';
  /** The parts of the path; each is encoded. */
  path: readonly string[];
  query?: QueryValues | undefined;
  headers?: { [name: string]: string | undefined };
  /** Sent as JSON. */
  body?: unknown;
  /** Statuses that are answers beside 200 to 299. */
  answers?: readonly number[];
};

/** An answer that was read to its end. */
export type Answer = { status: number; headers: Headers; text: string };

export type Requests = {
  /** Sends a request. @returns the answer, its body not read yet. @throws ClientError */
  open(call: Call): Promise<Response>;
  /** Sends a request, and waits for the whole answer. @throws ClientError */
  exchange(call: Call): Promise<Answer>;
  /** Reads what an answer, or a message in it, says. @throws ClientError `notEvald` when it is of another shape. */
  read<T extends z.ZodType>(schema: T, answer: Pick<Answer, 'status' | 'text'>): z.output<T>;
  /** `exchange` and `read`. @throws ClientError */
  ask<T extends z.ZodType>(schema: T, call: Call): Promise<z.output<T>>;
  /** Makes an error of what was thrown while an answer came in. */
  lost(error: unknown, signal: AbortSignal | undefined): ClientError;
};

const USUAL_TIMEOUT = 60_000;

/** Sends requests to one server. @throws TypeError when its address or the token cannot be one. */
export function createRequests({ server, token, fetch, timeout: usual = USUAL_TIMEOUT }: ClientOptions): Requests {
  const target = createTarget(server, token);
  const { hide, name } = target;
  const send: typeof globalThis.fetch = fetch ?? ((...request) => globalThis.fetch(...request));

  const lost = (error: unknown, signal: AbortSignal | undefined): ClientError => {
    if (error instanceof ClientError) return error;
    if (signal?.aborted) return new ClientError({ code: 'interrupted' }, 'The call was interrupted');
    const { text, isLost } = causeOf(error);
    return new ClientError({ code: 'unreachable', isLost }, hide(`${name} cannot be reached: ${text}`));
  };

  const read: Requests['read'] = (schema, { status, text }) => {
    try {
      return readAnswer(schema, text);
    } catch (error) {
      if (!(error instanceof UnreadableAnswer)) throw error;
      const message = `${name} does not answer as this version of evald does: ${error.message}`;
      throw new ClientError({ code: 'notEvald', status }, hide(message));
    }
  };

  /** @param take what of the answer must have come within the time. */
  const limited = async <T>(call: Call, take: (answer: Response) => Promise<T>): Promise<T> => {
    const { signal, timeout = usual } = call;
    const over = new AbortController();
    const timer = timeout === null ? undefined : setTimeout(() => over.abort(), timeout);
    try {
      const { url, headers } = target.address(call.path, call.query ?? {});
      const answer = await send(url, {
        method: call.method ?? 'GET',
        headers: { ...headers, ...bodyHeaders(call), ...defined(call.headers ?? {}) },
        ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
        signal: signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]),
      });
      if (!answer.ok && !call.answers?.includes(answer.status)) throw await readRefusal(answer, target);
      return await take(answer);
    } catch (error) {
      if (over.signal.aborted && !signal?.aborted) {
        throw new ClientError({ code: 'timedOut' }, `${name} did not answer within ${(timeout ?? 0) / 1_000} s`);
      }
      throw lost(error, signal);
    } finally {
      clearTimeout(timer);
    }
  };

  const exchange: Requests['exchange'] = (call) =>
    limited(call, async (answer) => ({
      status: answer.status,
      headers: answer.headers,
      text: await answer.text(),
    }));

  return {
    open: (call) => limited(call, async (answer) => answer),
    exchange,
    read,
    ask: async (schema, call) => read(schema, await exchange(call)),
    lost,
  };
}

const bodyHeaders = ({ body }: Call) => (body === undefined ? {} : { 'content-type': 'application/json' });

function defined(headers: { [name: string]: string | undefined }): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** With these no connection came about; browsers do not say. */
const neverConnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function causeOf(error: unknown): { text: string; isLost: boolean } {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  // Of several addresses that were tried, the last one.
  const last = cause instanceof AggregateError ? cause.errors.at(-1) : cause;
  const code = last instanceof Error && 'code' in last ? String(last.code) : '';
  const text = last instanceof Error ? last.message || code : String(last);
  return { text, isLost: !neverConnected.has(code) };
}
