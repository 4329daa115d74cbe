import type { NewJob } from '../schemas/job.ts';
import type { JobRecord } from '../schemas/jobRecord.ts';
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

/** A job in the journal. The record is read when it is asked for: most jobs of a long queue never are. */
export type StoredJob = { jobId: string; status: JobRecord['status']; read: () => JobRecord };

/** The record of every transition. */
export interface Journal {
  /**
   * Records all of them or none, in order; they are on disk when it resolves.
   * @throws when they could not be recorded; the reason is for the client to read.
   */
  append(transitions: readonly Transition[]): Promise<void>;
  /** Resolves when the journal can be written again. @throws while it cannot. */
  probe(): Promise<void>;
  /** Jobs that wait or run, and the `finished` newest of those that ended; each in the order in which it happened. */
  restore(finished: number): StoredJob[];
  /** A job that is kept, live or not. */
  find(jobId: string): JobRecord | undefined;
  /** The job that was submitted with a key, and the hash of its request. */
  findByKey(key: string): { jobId: string; requestHash: string } | undefined;
  /** The jobs that ended first, beyond the newest `keep` or before a time (milliseconds since 1970). */
  expired(keep: number, before: number): JobRecord[];
  /** Deletes finished jobs for good, all or none. */
  forget(jobIds: readonly string[]): Promise<void>;
  /** Writes what it was given, and ends. */
  close(): Promise<void>;
}
