import { createParser } from 'eventsource-parser';
import { ClientError } from './errors.ts';
import type { Requests } from './requests.ts';

/** A server-sent event. */
export type Message = { event: string; data: string };

/** Milliseconds of silence after which a connection counts as lost: the server sends a comment every 15 s. */
const SILENCE = 45_000;

/**
 * Reads a stream of server-sent events, to its end.
 * @param onId is called with each number of an event, also with one that has no data.
 * @throws ClientError `unreachable` when the connection is lost, `interrupted`.
 */
export async function* readMessages(
  { body }: Response,
  { lost }: Pick<Requests, 'lost'>,
  { signal, onId }: { signal: AbortSignal | undefined; onId?: (id: string) => void },
): AsyncGenerator<Message, void> {
  let messages: Message[] = [];
  const parser = createParser({
    onEvent: ({ event = 'message', data }) => messages.push({ event, data }),
    ...(onId && { onId }),
  });
  for await (const text of readText(body, { lost, signal, silence: SILENCE })) {
    parser.feed(text);
    const taken = messages;
    messages = [];
    yield* taken;
  }
}

type Reading = Pick<Requests, 'lost'> & {
  signal: AbortSignal | undefined;
  /** Milliseconds without anything after which the connection counts as lost; null: any time. */
  silence: number | null;
};

/** Reads a body as UTF-8, as it comes. @throws ClientError `unreachable` when the connection is lost, `interrupted`. */
export async function* readText(
  body: Response['body'],
  { lost, signal, silence }: Reading,
): AsyncGenerator<string, void> {
  if (body === null) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), silence);
      const text = done ? decoder.decode() : decoder.decode(value, { stream: true });
      if (text !== '') yield text;
      if (done) return;
    }
  } catch (error) {
    throw lost(error, signal);
  } finally {
    // Not waited for: what is to be ended may not answer.
    reader.cancel().catch(() => {});
  }
}

async function inTime<T>(reading: Promise<T>, silence: number | null): Promise<T> {
  if (silence === null) return reading;
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(silent()), silence);
  try {
    return await Promise.race([reading, promise]);
  } finally {
    clearTimeout(timer);
  }
}

const silent = () =>
  new ClientError(
    { code: 'unreachable', isLost: true },
    `Nothing has come for ${SILENCE / 1_000} s, not even a sign of life`,
  );
