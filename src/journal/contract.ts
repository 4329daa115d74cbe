import type { NewJob } from '../schemas/job.ts';
import type { CompletedOutcome, FailedOutcome } from '../schemas/outcome.ts';
import type { LaunchedRun } from '../schemas/run.ts';

/**
 * What happened to a job, to be recorded and then applied. `at` is milliseconds since 1970. `launched` changes no
 * state: it says how to find the run again.
 */
export type Transition = { jobId: string; at: number } & (
  | { type: 'submitted'; job: NewJob }
  | { type: 'started' }
  | { type: 'launched'; run: LaunchedRun }
  | { type: 'cancelled' }
  | { type: 'completed'; outcome: CompletedOutcome }
  | { type: 'failed'; outcome: FailedOutcome }
);

/** The record of every transition. */
export interface Journal {
  /**
   * Records all of them or none, in order.
   * @throws when they could not be recorded; the reason is for the client to read.
   */
  append(transitions: readonly Transition[]): Promise<void>;
  /** Resolves when the journal can be written again. @throws while it cannot. */
  probe(): Promise<void>;
}
