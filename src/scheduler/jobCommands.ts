import type { Accepted } from '../machines/scheduler/schedulerEvents.ts';
import type { NewJob } from '../schemas/job/job.ts';
import type { JobOptions } from '../schemas/submission/jobOptions.ts';

/** A key that a caller chose for a submission, so that sending it again does not submit again. */
export type Idempotency = NonNullable<NewJob['idempotency']>;

/** What may be said about a submission beside its request. */
export type JobDetails = {
  /** What was odd about the request; shown with the job. */
  warnings: readonly string[];
  /** A key: when a job was submitted with it before, that job is answered and nothing is queued. */
  idempotency: Idempotency | null;
  options: JobOptions;
  /** The job whose request is repeated. */
  retryOf: string | null;
  /** Name of the token by which it is submitted; null where none is needed. */
  who: string | null;
  /** Names of the operator's secrets that its caller may name; null: any. */
  secrets: readonly string[] | null;
  /** For whom its bytes are counted while it waits; null, and without it: the holder of the token, if there is one. */
  client: string | null;
  /** When it may be queued; at once without it. It is checked before. */
  order: QueuingOrder | null;
};

/** The order in which submissions are queued that are checked side by side. */
export type QueuingOrder = {
  /** Resolves when those before it have been queued or refused. */
  ready: Promise<unknown>;
  /** Is called when it was handed to the scheduler. One that is refused before does not call it. */
  passed(): void;
};

/** What may be said about a retry. */
export type RetryDetails = Pick<JobDetails, 'idempotency' | 'who' | 'secrets' | 'client' | 'order'> & {
  /** Only the tasks that have no results. */
  missing: boolean;
};

export type Added = Pick<Accepted, 'jobId' | 'position' | 'repeated'> & {
  /** What was odd about the request; also kept with the job. */
  warnings: readonly string[];
};

/**
 * A key as it is kept: each caller has keys of its own, so that no one is answered the job of another, nor learns that
 * there is one. Neither names nor keys have spaces.
 */
export function scopeIdempotencyKey(idempotency: Idempotency | null, who: string | null): Idempotency | null {
  if (idempotency === null || who === null) return idempotency;
  return { ...idempotency, key: `${who} ${idempotency.key}` };
}
