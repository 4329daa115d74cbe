import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TokenEntry } from '../schemas/token.ts';

/** Begins every token that is made here, so that scanners of leaked secrets know one. */
const PREFIX = 'evald_';

/** A new token: 256 bits that nobody can guess. */
export function createToken(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

/** SHA-256 of a token, hexadecimal. A token is long and random, so that no slower hash is needed. */
export function digestOf(token: string): string {
  return hash('sha256', token, 'hex');
}

/** Who has a token, and what it is for. */
export type Holder = Pick<TokenEntry, 'name' | 'role'>;

/** Finds whose a token is. */
export type FindHolder = (token: string) => Holder | undefined;

/**
 * Finds the holders of tokens. How long it takes says nothing of how near a guess was, nor of which token it was: digests
 * are compared, each of them whole, and always all.
 */
export function createFindHolder(entries: readonly TokenEntry[]): FindHolder {
  const known = entries.map(({ name, role, digest }) => ({
    holder: { name, role },
    digest: Buffer.from(digest, 'hex'),
  }));
  return (token) => {
    const sent = hash('sha256', token, 'buffer');
    let found: Holder | undefined;
    for (const { holder, digest } of known) {
      if (timingSafeEqual(digest, sent)) found = holder;
    }
    return found;
  };
}
