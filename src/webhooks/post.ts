import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { lookupFor, refuseTarget, type TargetRules } from './target.ts';

/** Bytes of an answer that are read, so that a receiver can end in peace; what they say does not matter. */
const MAX_ANSWER = 64 * 1024;

export type Post = {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** Where it may go. */
  targets: TargetRules;
  /** Ends the exchange, whatever it is doing. */
  signal: AbortSignal;
};

/**
 * Posts a body over a connection of its own. Redirects are not followed, and no proxy is used.
 * @returns the status of the answer.
 * @throws TargetError, the signal's reason, or the system's error.
 */
export async function post({ url, headers, body, targets, signal }: Post): Promise<number> {
  refuseTarget(url, targets);
  const lookup = lookupFor(url, targets);
  const target = new URL(url);
  const { request } = target.protocol === 'https:' ? https : http;
  const outgoing = request(target, {
    method: 'POST',
    headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
    agent: false,
    signal,
    ...(lookup && { lookup }),
  });
  const answered = Promise.withResolvers<IncomingMessage>();
  outgoing.on('response', answered.resolve);
  // For good: what happens to a connection after its answer must not end the server.
  outgoing.on('error', answered.reject);
  // Also without an error: an answer that asks for another protocol ends so.
  outgoing.on('close', () => answered.reject(new Error('the connection was closed without an answer')));
  outgoing.end(body);
  try {
    const answer = await answered.promise;
    await drain(answer);
    return answer.statusCode ?? 0;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    outgoing.destroy();
  }
}

async function drain(answer: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER) return;
  }
}
