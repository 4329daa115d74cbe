import type { Log } from '../../logging/log.ts';
import { OPERATOR, type TokenEntry } from '../../schemas/server/token.ts';
import { AccessError } from '../privateFile.ts';
import { createFindHolder, digestOf, type FindHolder } from './token.ts';
import { readTokensFile } from './tokensFile.ts';

/** The tokens in use. */
export type Access = {
  /** Whose a token is; null when no tokens are in use. */
  findHolder: FindHolder | null;
  /** Reads the file of tokens again. One that cannot be used changes nothing, and the log says so. */
  reload(): void;
  /** Calls the listener when other tokens are known than before. */
  onChange(listener: () => void): void;
};

export type AccessSources = {
  /** The token of `--token`. */
  token: string | null;
  /** The file of `--tokens`. */
  file: string | null;
};

/** Milliseconds: a timer of Node's takes no more. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Opens what admits callers. @throws AccessError when the file of tokens cannot be used. */
export function openAccess({ token, file }: AccessSources, log: Log): Access {
  if (token === null && file === null) return { findHolder: null, reload: () => {}, onChange: () => {} };
  const own: TokenEntry[] =
    token === null ? [] : [{ name: OPERATOR, role: 'admin', digest: digestOf(token), expires: null, secrets: null }];
  const listeners: (() => void)[] = [];
  const change = () => {
    for (const listener of listeners) listener();
  };
  let expiry: NodeJS.Timeout | undefined;
  /** A stream that is open when its token expires ends then: nothing else would look at the token again. */
  const watchExpiry = (entries: readonly TokenEntry[]): void => {
    clearTimeout(expiry);
    const now = Date.now();
    const next = Math.min(...entries.map(({ expires }) => expires ?? Infinity).filter((at) => at > now));
    if (next === Infinity) return;
    const wait = () => {
      change();
      watchExpiry(entries);
    };
    expiry = setTimeout(wait, Math.min(next - now, LONGEST_TIMER)).unref();
  };
  const read = (): FindHolder => {
    const entries = [...own, ...(file === null ? [] : readTokensFile(file))];
    watchExpiry(entries);
    if (entries.length === 0) log.warn(`${file} has no token: no client can call`);
    else log.info(`${entries.length} ${entries.length === 1 ? 'token is' : 'tokens are'} known`);
    return createFindHolder(entries);
  };
  let find = read();
  return {
    findHolder: (sent) => find(sent),
    reload: () => {
      if (file === null) return;
      try {
        find = read();
        change();
      } catch (error) {
        if (!(error instanceof AccessError)) throw error;
        log.error(`the tokens stay as they were: ${error.message}`);
      }
    },
    onChange: (listener) => listeners.push(listener),
  };
}
