import type { EngineState } from '../schemas/engine.ts';
import type { ErrorCode } from '../schemas/errors.ts';
import type { EvaluateRequest } from '../schemas/evaluateRequest.ts';
import type { About } from '../schemas/health.ts';
import type { JobInfo } from '../schemas/job.ts';
import type { JobEvent } from '../schemas/jobEvent.ts';
import type { JobsQuery } from '../schemas/jobList.ts';
import type { JobOptions } from '../schemas/jobOptions.ts';
import type { JobResults } from '../schemas/jobResults.ts';
import type { LiveStates, TransitionReport } from '../schemas/machines.ts';
import type { MergeRequest } from '../schemas/mergeRequest.ts';
import type { SamplesPage, SamplesQuery } from '../schemas/samplesPage.ts';
import type { JobEnds } from './jobEnds.ts';

/** What the routes ask of the scheduler. */
export type SchedulerFace = {
  /**
   * `repeated`: the key was known, and the job is the one of then; its position is null when it no longer waits.
   * @throws EvaldError `queueFull`, `intakeClosed`, `keyReused`, or UnfitError.
   */
  addJob(
    request: EvaluateRequest,
    details: {
      warnings: string[];
      idempotency: { key: string; requestHash: string } | null;
      options: JobOptions;
    },
  ): Promise<{ jobId: string; position: number | null; repeated: boolean }>;
  getJobWithPosition(jobId: string): JobInfo | undefined;
  /** A page of the jobs that are kept, and the turn of its last one when there are more. */
  listJobs(page: {
    filter: Pick<JobsQuery, 'status' | 'model' | 'task' | 'label' | 'since'>;
    order: JobsQuery['order'];
    cursor: number | null;
    limit: number;
  }): { jobs: JobInfo[]; next: number | null };
  cancelJob(jobId: string): Promise<Cancellation>;
  stopJob(jobId: string): Promise<Stopping>;
  /** @throws EvaldError `jobNotFound`, `jobNotEnded`, `nothingMissing`, or as `addJob`. */
  retryJob(
    jobId: string,
    details: { missing: boolean; idempotency: { key: string; requestHash: string } | null },
  ): Promise<{ jobId: string; position: number | null; repeated: boolean }>;
  /** On disk when it resolves. @throws EvaldError `intakeClosed`. */
  pauseQueue(): Promise<void>;
  /** On disk when it resolves. @throws EvaldError `intakeClosed`. */
  resumeQueue(): Promise<void>;
  isPaused(): boolean;
  getQueueStats(): {
    queued: readonly string[];
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

export type Stopping = { stopping: true; message: string } | { stopping: false; code: ErrorCode; message: string };

/** What the routes ask of the journal's events. */
export type EventsFace = {
  /** Events after a number, of one job or of all, at most `limit`, in order. */
  events(after: number, limit: number, jobId?: string): StoredEvent[];
  /** The number of the last event; 0 when there is none. */
  lastEvent(): number;
  /** Calls the listener after every commit. @returns a function that ends it. */
  onCommit(listener: () => void): () => void;
};

/** An event; `at` is milliseconds since 1970. */
export type StoredEvent = Pick<JobEvent, 'number' | 'type' | 'data' | 'who'> & { jobId: string; at: number };

/** What completed jobs have written. Both throw EvaldError `outputMissing`, `outputUnreadable`. */
export type OutputFace = {
  results(job: JobInfo): Promise<JobResults>;
  samples(job: JobInfo, task: string, query: SamplesQuery): Promise<SamplesPage>;
};

/** What the harness offers. Both throw EvaldError `catalogUnavailable`. */
export type CatalogFace = { tasks(): Promise<string[]>; models(): Promise<string[]> };

/** Merges a checkpoint and answers its path. @throws EvaldError `mergeFileMissing`, `mergeInvalid`, `mergeFailed`. */
export type MergeFace = (request: MergeRequest) => Promise<string>;

/** Everything the app needs from outside. */
export type AppDependencies = {
  scheduler: SchedulerFace;
  catalog: CatalogFace;
  merge: MergeFace;
  /** Whether a job may be posted to a URL, as far as the URL alone tells. */
  mayCall(url: string): boolean;
  events: EventsFace;
  output: OutputFace;
  /** Told when jobs end. */
  jobEnds: Pick<JobEnds, 'wait'>;
  /** Aborted when the server closes: what is open ends. */
  closing: AbortSignal;
  about: About;
  /** How the place is where runs run, and whose its devices are. Soon, and never throws. */
  engine(): Promise<EngineState>;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Told of every failure that is evald's own fault; the client is told nothing of it. */
  logError(message: string, error: unknown): void;
};
