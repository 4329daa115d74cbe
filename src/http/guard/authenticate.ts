import { formatTime } from '../../schemas/time.ts';
import { addressOf, partyOf } from './address.ts';
import type { Caller } from './caller.ts';
import { readCredentials } from './credentials.ts';
import type { FailedAttempts } from './failedAttempts.ts';
import { OpenRequests } from './openRequests.ts';
import type { Check } from './screen.ts';

/** Who may call. */
export type AccessFace = {
  /** Whose a token is; null where no tokens are in use. */
  findHolder: ((token: string) => Caller | { expired: number } | undefined) | null;
  /** Calls the listener when other tokens are known than before. */
  onChange(listener: () => void): void;
};

/** Basic comes first: Chromium reads only the first of the schemes in a line, and asks for a password then. */
const CHALLENGE = 'Basic realm="evald", charset="UTF-8", Bearer realm="evald"';

/**
 * Lets in who has a token, whatever is asked, also what is not there. Tells the routes who it is: `c.get('caller')`. Whose
 * token is taken away is hung up on.
 */
export function authenticate(
  { findHolder, onChange }: { [part in keyof AccessFace]: NonNullable<AccessFace[part]> },
  failures: Pick<FailedAttempts, 'note'>,
): Check {
  const open = new OpenRequests();
  onChange(() => open.hangUp(findHolder));
  return (c) => {
    const token = readCredentials(c.req.header('authorization'));
    const caller = token === null ? undefined : findHolder(token);
    const challenge = { 'WWW-Authenticate': CHALLENGE };
    if (caller !== undefined && 'expired' in caller) {
      const detail = `This token expired at ${formatTime(caller.expired)}: ask the operator for another (evald token create)`;
      return c.json({ detail }, 401, challenge);
    }
    if (token !== null && caller !== undefined) {
      open.keep(c, token, caller);
      c.set('caller', caller);
      return null;
    }
    // Nothing may be said of what was asked: not even whether it is there.
    const wait = token === null ? 0 : failures.note(partyOf(addressOf(c)));
    if (wait > 0) {
      const detail = `This token is not known, and too many wrong ones came from this address. Try again in ${wait} s.`;
      // Who guesses pays with a new connection each time.
      return c.json({ detail }, 429, { 'Retry-After': String(wait), Connection: 'close', ...challenge });
    }
    const detail =
      token === null
        ? 'A token is needed: send it as Authorization: Bearer TOKEN, or as the password of Basic'
        : 'This token is not known';
    return c.json({ detail }, 401, challenge);
  };
}
