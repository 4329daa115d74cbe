import type { ErrorCode } from '../schemas/errors.ts';
import type { EvaluateRequest } from '../schemas/evaluateRequest.ts';
import type { About } from '../schemas/health.ts';
import type { JobInfo } from '../schemas/job.ts';
import type { LiveStates, TransitionReport } from '../schemas/machines.ts';
import type { MergeRequest } from '../schemas/mergeRequest.ts';

/** What the routes ask of the scheduler. */
export type SchedulerFace = {
  /**
   * `repeated`: the key was known, and the job is the one of then; its position is null when it no longer waits.
   * @throws EvaldError `queueFull`, `intakeClosed`, `keyReused`.
   */
  addJob(
    request: EvaluateRequest,
    warnings: string[],
    idempotency: { key: string; requestHash: string } | null,
  ): Promise<{ jobId: string; position: number | null; repeated: boolean }>;
  getJobWithPosition(jobId: string): JobInfo | undefined;
  cancelJob(jobId: string): Promise<Cancellation>;
  getQueueStats(): {
    queued: string[];
    completed: number;
    failed: number;
    cancelled: number;
    runningJob: string | null;
    runningJobs: string[];
  };
  getLiveStates(): LiveStates;
  /** Tells every transition from now on. @returns what ends it. */
  observeTransitions(listener: (report: TransitionReport) => void): () => void;
  /** `degraded` says why no jobs are taken or run; null when all is well. */
  getHealth(): { queued: number; running: number; degraded: string | null };
};

export type Cancellation =
  | { cancelled: true; message: string }
  | { cancelled: false; code: ErrorCode; message: string };

/** What the harness offers. Both throw EvaldError `catalogUnavailable`. */
export type CatalogFace = { tasks(): Promise<string[]>; models(): Promise<string[]> };

/** Merges a checkpoint and answers its path. @throws EvaldError `mergeFileMissing`, `mergeInvalid`, `mergeFailed`. */
export type MergeFace = (request: MergeRequest) => Promise<string>;

/** Everything the app needs from outside. */
export type AppDependencies = {
  scheduler: SchedulerFace;
  catalog: CatalogFace;
  merge: MergeFace;
  about: About;
  /** Aborted when the server ends: open streams end with it. */
  closing: AbortSignal;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Told of every failure that is evald's own fault; the client is told nothing of it. */
  logError(message: string, error: unknown): void;
};
