import { ClientError } from './errors.ts';
import { pause } from './pause.ts';
import type { CallOptions } from './requests.ts';

/** For calls that add a job. */
export type AddOptions = CallOptions & {
  /** Names the submission: repeated with the same, it answers the same job. A random one if left out. */
  idempotencyKey?: string | undefined;
  /** Milliseconds for which it is sent again when its answer was lost; 15,000 if left out, 0: it is not. */
  patience?: number | undefined;
};

const PATIENCE = 15_000;

/**
 * Sends what adds a job, and sends it again when its answer was lost: with the same key, so that it is one job. A server
 * that was not reached at all is not tried again.
 * @throws ClientError
 */
export async function repeatable<T>(
  { idempotencyKey, patience = PATIENCE, signal }: AddOptions,
  send: (headers: { 'idempotency-key': string }) => Promise<T>,
): Promise<T> {
  const headers = { 'idempotency-key': idempotencyKey ?? randomKey() };
  const end = performance.now() + patience;
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

/** Not `randomUUID`: a page that came without TLS does not have it. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
