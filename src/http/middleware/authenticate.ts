import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { formatTime } from '../../schemas/values/time.ts';
import { addressOf, type Caller, partyOf, visitor } from './caller.ts';
import type { FailedAttempts } from './failedAttempts.ts';
import type { Check } from './requestChecks.ts';

/** The tokens by which callers are known. */
export type AccessPort = {
  /** Whose a token is; null where no tokens are in use. */
  findHolder: ((token: string) => Caller | { expired: number } | undefined) | null;
  /** Calls the listener when other tokens are known than before. */
  onChange(listener: () => void): void;
};

/** Basic comes first: Chromium reads only the first of the schemes in a line, and asks for a password then. */
const CHALLENGE = 'Basic realm="evald", charset="UTF-8", Bearer realm="evald"';

/**
 * Lets callers with a token in, whatever they ask, also what is not there, and names them to the routes: `c.get('caller')`. The
 * connections of a token that is taken away are closed.
 * @param needsNoToken whether a request is for what any caller is given.
 */
export function authenticate(
  { findHolder, onChange }: { [part in keyof AccessPort]: NonNullable<AccessPort[part]> },
  failures: Pick<FailedAttempts, 'note'>,
  needsNoToken: (c: Context) => boolean,
): Check {
  const open = new OpenRequests();
  onChange(() => open.hangUp(findHolder));
  return (c) => {
    const token = readCredentials(c.req.header('authorization'));
    const caller = token === null ? undefined : findHolder(token);
    if ((caller === undefined || 'expired' in caller) && needsNoToken(c)) {
      c.set('caller', visitor);
      return null;
    }
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
      // A guess costs a new connection each time.
      return c.json({ detail }, 429, { 'Retry-After': String(wait), Connection: 'close', ...challenge });
    }
    const detail =
      token === null
        ? 'A token is needed: send it as Authorization: Bearer TOKEN, or as the password of Basic'
        : 'This token is not known';
    return c.json({ detail }, 401, challenge);
  };
}

/**
 * The token that a request brings: as `Bearer`, or as the password of `Basic`, so that clients that only know a URL can
 * send it: `http://name:token@host`. The user name says nothing. Null when there is none.
 */
export function readCredentials(authorization: string | undefined): string | null {
  const [, scheme, value = ''] = /^(bearer|basic) +(\S+) *$/i.exec(authorization ?? '') ?? [];
  if (scheme === undefined) return null;
  return scheme.toLowerCase() === 'bearer' ? value : passwordOf(value);
}

function passwordOf(encoded: string): string | null {
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon === -1 || colon === pair.length - 1 ? null : pair.slice(colon + 1);
}

type OpenRequest = { token: string; caller: Caller; hangUp(): void };

/** The requests that are being answered, and by which token: a stream of events may be open for weeks. */
export class OpenRequests {
  readonly #open = new Set<OpenRequest>();

  get size(): number {
    return this.#open.size;
  }

  /** Keeps a request until it is answered or its caller has gone. */
  keep(c: Context, token: string, caller: Caller): void {
    const { outgoing }: Partial<HttpBindings> = c.env ?? {};
    if (outgoing === undefined) return;
    const request = { token, caller, hangUp: () => outgoing.destroy() };
    this.#open.add(request);
    outgoing.once('close', () => this.#open.delete(request));
  }

  /** Hangs up on those whose token is no longer known, has expired, or is for something else now. */
  hangUp(find: (token: string) => Caller | { expired: number } | undefined): void {
    for (const { token, caller, hangUp } of this.#open) {
      const now = find(token);
      if (now === undefined || 'expired' in now || now.name !== caller.name || now.role !== caller.role) hangUp();
    }
  }
}
