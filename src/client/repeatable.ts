import { ClientError } from './errors.ts';
import { pause } from './pause.ts';
import type { CallOptions } from './requests.ts';

/** Milliseconds for which what was lost is sent again. */
const PATIENCE = 15_000;

/**
 * Sends what adds a job, and sends it again when its answer was lost: with the same key, so that it is one job. A server
 * that was not reached at all is not tried again.
 * @param key a random one if undefined. @throws ClientError
 */
export async function repeatable<T>(
  { signal }: CallOptions,
  key: string | undefined,
  send: (headers: { 'idempotency-key': string }) => Promise<T>,
): Promise<T> {
  const headers = { 'idempotency-key': key ?? crypto.randomUUID() };
  const end = performance.now() + PATIENCE;
  for (let attempt = 0, wasLost = false; ; attempt++) {
    try {
      return await send(headers);
    } catch (error) {
      if (!(error instanceof ClientError) || error.fault.code !== 'unreachable') throw error;
      wasLost ||= error.fault.isLost;
      if (!wasLost || performance.now() >= end) throw error;
      await pause(attempt, signal);
    }
  }
}
