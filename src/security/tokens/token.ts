import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TokenEntry } from '../../schemas/server/token.ts';

/** Begins every token that is made here, so that scanners of leaked secrets know one. */
const PREFIX = 'evald_';

/** A new token: 256 bits that no one can guess. */
export function createToken(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

/** SHA-256 of a token, hexadecimal. A token is long and random, so that no slower hash is needed. */
export function digestOf(token: string): string {
  return hash('sha256', token, 'hex');
}

/** The holder of a token, what it is for, and which secrets it may name. */
export type Holder = Pick<TokenEntry, 'name' | 'role' | 'secrets'>;

/** What is known of a token: its holder; that it was one until a time (milliseconds since 1970); or nothing. */
export type FindHolder = (token: string) => Holder | { expired: number } | undefined;

/**
 * Finds the holders of tokens. How long it takes says nothing of how near a guess was, nor of which token it was: digests
 * are compared, each of them whole, and always all.
 * @param now the wall clock: what a token was promised until is a date.
 */
export function createFindHolder(entries: readonly TokenEntry[], now: () => number = Date.now): FindHolder {
  const known = entries.map(({ name, role, secrets, digest, expires }) => ({
    holder: { name, role, secrets },
    digest: Buffer.from(digest, 'hex'),
    expires,
  }));
  return (token) => {
    const sent = hash('sha256', token, 'buffer');
    let found: (typeof known)[number] | undefined;
    for (const entry of known) {
      if (timingSafeEqual(entry.digest, sent)) found = entry;
    }
    if (found === undefined || found.expires === null || found.expires > now()) return found?.holder;
    return { expired: found.expires };
  };
}
