import type { Idempotency } from './jobCommands.ts';

/**
 * A key as it is kept: each caller has keys of its own, so that no one is answered the job of another, nor learns that
 * there is one. Neither names nor keys have spaces.
 */
export function ownKey(idempotency: Idempotency | null, who: string | null): Idempotency | null {
  if (idempotency === null || who === null) return idempotency;
  return { ...idempotency, key: `${who} ${idempotency.key}` };
}
