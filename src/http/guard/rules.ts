import type { BrowserRules } from './browsers.ts';

/** What is asked of a request before any route sees it. */
export type GuardRules = BrowserRules & {
  /** Clients speak TLS with us. */
  isTls: boolean;
  /** Bytes of a body. */
  maxBody: number;
  /** Streams, followed logs and waits that are open at a time. */
  maxStreams: number;
  /** Submissions, retries and merges of one client; 0: any number. */
  submissionsPerMinute: number;
};
