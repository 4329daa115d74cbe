import type { SenderClock } from './clock.ts';
import { type Post, post } from './post.ts';

/** Milliseconds for a whole exchange, from the look-up of the name to the end of the answer. */
export const TIMEOUT = 10_000;

/** What came of an attempt. `stopped`: the server is closing, and nothing is known. */
export type Verdict =
  | { type: 'delivered'; status: number }
  | { type: 'gone' }
  | { type: 'failed'; reason: string }
  | { type: 'stopped' };

/** Posts once and judges what comes of it. Throws nothing. */
export async function attempt(given: Omit<Post, 'signal'>, clock: SenderClock, closing: AbortSignal): Promise<Verdict> {
  const late = new AbortController();
  const timer = clock.setTimeout(() => late.abort(new Error(`no answer within ${TIMEOUT / 1_000} s`)), TIMEOUT);
  try {
    return judge(await post({ ...given, signal: AbortSignal.any([closing, late.signal]) }));
  } catch (error) {
    return closing.aborted ? { type: 'stopped' } : { type: 'failed', reason: reasonOf(error) };
  } finally {
    clock.clearTimeout(timer);
  }
}

function judge(status: number): Verdict {
  if (status >= 200 && status < 300) return { type: 'delivered', status };
  if (status === 410) return { type: 'gone' };
  const more = status >= 300 && status < 400 ? '; redirects are not followed' : '';
  return { type: 'failed', reason: `answered ${status}${more}` };
}

/** Node's error for a host with several addresses has only a code, and one error for each of them. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
