import type { CompletedOutcome } from '../../schemas/job/outcome.ts';
import type { EvaluateRequest } from '../../schemas/submission/evaluateRequest.ts';

/** Names of the harnesses of which results are imported. */
export type ImportedHarness = 'lmms-eval' | 'lm-eval';

/** A results file and the samples files that were written with it: paths relative to the folder that was looked through. */
export type FoundResults = { path: string; harness: ImportedHarness; samples: readonly string[] };

/** An earlier run, as its files have it. Plain data. */
export type ImportedRun = {
  harness: ImportedHarness;
  /** Absolute path of its results file. */
  file: string;
  /** SHA-256 of the results file, hex. */
  hash: string;
  /** What it was asked, as far as its results say; credentials are masked. Its folder is the one that the results file lies in. */
  request: EvaluateRequest;
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
  outcome: CompletedOutcome;
  /** What of the request is not known. */
  warnings: string[];
};

/** What reads the files of earlier runs: in a thread, with limits and a deadline, inside the folder, links not followed. */
export interface ImportReader {
  /**
   * Results files in and below a folder. `isCut`: there may be more, in folders that cannot be read, or beyond the limits.
   * @param dir absolute, without links. @throws when it cannot be looked through.
   */
  findResults(dir: string): Promise<{ found: FoundResults[]; isCut: boolean }>;
  /**
   * One run, or why it cannot be taken for a whole one. @param known hashes of files that were imported before: of one of these no
   * more is read (`known`). @throws when that cannot be found out, e.g. in time.
   */
  readImport(
    dir: string,
    found: FoundResults,
    forms: readonly string[] | null,
    known: readonly string[],
  ): Promise<{ run: ImportedRun } | { known: string } | { skipped: string }>;
}
