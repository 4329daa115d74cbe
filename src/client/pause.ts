import { ClientError } from './errors.ts';

const FIRST = 250;
const LONGEST = 10_000;

/** Milliseconds before another attempt: they double, and are a little at random, so that not all clients come back at once. */
export function waitBefore(attempt: number): number {
  return Math.min(LONGEST, FIRST * 2 ** attempt) * (0.75 + Math.random() / 2);
}

/** Waits before another attempt. @param attempt how many there were. @throws ClientError `interrupted`. */
export function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  return sleep(waitBefore(attempt), signal);
}

/** @throws ClientError `interrupted` when the signal is aborted. */
export async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const wake = () => resolve();
  signal?.addEventListener('abort', wake);
  if (signal?.aborted) resolve();
  await promise;
  clearTimeout(timer);
  signal?.removeEventListener('abort', wake);
  if (signal?.aborted) throw new ClientError({ code: 'interrupted' }, 'The call was interrupted');
}
