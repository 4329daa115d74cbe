import { createHash, createHmac } from 'node:crypto';
import type { HonoRequest } from 'hono';
import type { InvalidField } from '../schemas/errors/errorBody.ts';
import { surelyHasCredential } from '../schemas/secrets/credentials.ts';
import { splitSecrets } from '../schemas/secrets/secretRequest.ts';
import { MASK } from '../schemas/secrets/secrets.ts';
import { idempotencyKeyPattern } from '../schemas/server/headers.ts';
import type { Submission } from '../schemas/submission/submission.ts';

/** The Idempotency-Key of a submission; null when none was sent. Throws nothing for what a client sent. */
export function readIdempotencyKey(
  request: HonoRequest,
): { ok: true; value: string | null } | { ok: false; detail: InvalidField[] } {
  const value = request.header('idempotency-key') ?? null;
  if (value === null) return { ok: true, value };
  const hasCredential = surelyHasCredential(value);
  if (idempotencyKeyPattern.test(value) && !hasCredential) return { ok: true, value };
  const msg = hasCredential
    ? '`Idempotency-Key` should have no credential: it is kept with the job'
    : '`Idempotency-Key` should be 1 to 255 visible ASCII characters without spaces';
  const input = hasCredential ? MASK : value.slice(0, 255);
  return { ok: false, detail: [{ type: 'value_error', loc: ['header', 'idempotency-key'], msg, input }] };
}

/**
 * The same for two bodies that mean the same: SHA-256 of the submission as it was understood, in hex. One with
 * credentials is hashed with a key, for a reader of a plain hash can try guesses.
 * @param key random, and the same as long as the journal lives.
 */
export function hashSubmission(
  { request, options: { ready_file, ready_timeout, after, after_any, ...asked } }: Submission,
  key: string,
): string {
  const { engine_args, harness, split, cpus, memory, pool, retry, ...options } = asked;
  // Without what versions did not know of it is the hash that they gave.
  const later = {
    ...(engine_args.length > 0 && { engine_args }),
    ...(ready_file !== null && { ready_file }),
    ...(ready_timeout !== null && { ready_timeout }),
    ...(after.length > 0 && { after }),
    ...(after_any && { after_any }),
    ...(harness !== null && { harness }),
    ...(split && { split }),
    ...(cpus !== null && { cpus }),
    ...(memory !== null && { memory }),
    ...(pool !== null && { pool }),
    ...(retry !== null && { retry }),
  };
  const understood = { request, options: { ...options, ...later } };
  if (splitSecrets(request).secrets === null) return hashOf(understood);
  return createHmac('sha256', key).update(JSON.stringify(understood)).digest('hex');
}

/** SHA-256 of what was asked, in hex. */
export function hashOf(asked: object): string {
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}
