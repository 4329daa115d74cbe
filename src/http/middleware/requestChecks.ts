import type { Context, MiddlewareHandler } from 'hono';
import type { CallerEnv } from './caller.ts';
import type { TrustedProxies } from './forwarded.ts';
import type { BrowserRules } from './originCheck.ts';

/** Looks at a request before any route does, at once: its refusal, or null when there is nothing against it. */
export type Check = (c: Context<CallerEnv>) => Response | null;

/** Refuses what the first of the checks refuses that has something against it. One step for all: each costs a promise. */
export function requestChecks(...checks: readonly Check[]): MiddlewareHandler<CallerEnv> {
  return (c, next) => {
    for (const check of checks) {
      const refusal = check(c);
      if (refusal !== null) return Promise.resolve(refusal);
    }
    return next();
  };
}

/** What is asked of a request before any route sees it. */
export type RequestRules = BrowserRules & {
  /** What stands before every path: `/evald`; empty: nothing. */
  basePath: string;
  /** The proxies whose word is taken for where a request came from; null: none. */
  isTrustedProxy: TrustedProxies | null;
  /** Clients speak TLS with us. */
  isTls: boolean;
  /** Bytes of a body. */
  maxBody: number;
  /** Streams, followed logs and waits that are open at a time. */
  maxStreams: number;
  /** Submissions, retries and merges of one client; 0: any number. */
  submissionsPerMinute: number;
};
