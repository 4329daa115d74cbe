import type { Clock } from '../clock.ts';
import type { Blot } from '../files/blot.ts';
import type { Log } from '../log.ts';
import type { EngineState } from '../schemas/engine.ts';
import type { EvaluateRequest } from '../schemas/evaluateRequest.ts';
import type { About } from '../schemas/health.ts';
import type { JobInfo } from '../schemas/job.ts';
import type { JobEvent } from '../schemas/jobEvent.ts';
import type { JobsQuery } from '../schemas/jobList.ts';
import type { JobOptions } from '../schemas/jobOptions.ts';
import type { JobResults } from '../schemas/jobResults.ts';
import type { DeliveryStates, SchedulerStates, TransitionReport } from '../schemas/machines.ts';
import type { MergeRequest } from '../schemas/mergeRequest.ts';
import type { SamplesPage, SamplesQuery } from '../schemas/samplesPage.ts';
import type { AccessFace } from './guard/authenticate.ts';
import type { GuardRules } from './guard/rules.ts';
import type { JobEnds } from './jobEnds.ts';

/** Machines whose transitions can be followed. */
export type TransitionsFace = {
  /** Tells every transition from now on. @returns what ends it. */
  observeTransitions(listener: (report: TransitionReport) => void): () => void;
};

/** What the routes ask of the webhooks. */
export type WebhooksFace = TransitionsFace & { getLiveStates(): DeliveryStates };

/** What the routes ask of the scheduler. `who` is the name of the token by which it is asked; null without tokens. */
export type SchedulerFace = TransitionsFace & {
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
      who: string | null;
      client: string;
    },
  ): Promise<{ jobId: string; position: number | null; repeated: boolean; warnings: readonly string[] }>;
  getJobWithPosition(jobId: string): JobInfo | undefined;
  /** A page of the jobs that are kept, and the turn of its last one when there are more. */
  listJobs(page: {
    filter: Pick<JobsQuery, 'status' | 'model' | 'task' | 'label' | 'since'> & { submittedBy?: string | undefined };
    order: JobsQuery['order'];
    cursor: number | null;
    limit: number;
  }): { jobs: JobInfo[]; next: number | null };
  /** @throws EvaldError `jobNotFound`, `jobRunning`, `jobFinished`, `intakeClosed`. */
  cancelJob(jobId: string, who: string | null): Promise<void>;
  /** @throws EvaldError `jobNotFound`, `jobNotQueued`, `intakeClosed`. */
  reprioritiseJob(jobId: string, priority: number, who: string | null): Promise<number | null>;
  /** @throws EvaldError `jobNotFound`, `jobQueued`, `jobFinished`, `intakeClosed`. */
  stopJob(jobId: string, who: string | null): Promise<void>;
  /** @throws EvaldError `jobNotFound`, `jobNotEnded`, `nothingMissing`, `secretsGone`, or as `addJob`. */
  retryJob(
    jobId: string,
    details: {
      missing: boolean;
      idempotency: { key: string; requestHash: string } | null;
      who: string | null;
      client: string;
    },
  ): Promise<{ jobId: string; position: number | null; repeated: boolean }>;
  /** On disk when it resolves. @throws EvaldError `intakeClosed`. */
  pauseQueue(): Promise<void>;
  /** On disk when it resolves. @throws EvaldError `intakeClosed`. */
  resumeQueue(): Promise<void>;
  isPaused(): boolean;
  /** Why nothing is started though it should be; null: nothing hinders it. */
  getBlocked(): string | null;
  getQueueStats(): {
    queued: readonly string[];
    completed: number;
    failed: number;
    cancelled: number;
    runningJob: string | null;
    runningJobs: readonly string[];
  };
  getLiveStates(): SchedulerStates;
  /** `degraded` says why no jobs are taken or run; null when all is well. */
  getHealth(): { queued: number; running: number; degraded: string | null };
};

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

/** What jobs have written that completed, or had measured something. Both throw EvaldError `outputMissing`, `outputUnreadable`. */
export type OutputFace = {
  results(job: JobInfo, repeated?: readonly JobInfo[], blot?: Blot | null): Promise<JobResults>;
  samples(job: JobInfo, task: string, query: SamplesQuery, blot?: Blot | null): Promise<SamplesPage>;
};

/** What the harness offers. Both throw EvaldError `catalogUnavailable`. */
export type CatalogFace = { tasks(): Promise<string[]>; models(): Promise<string[]> };

/** Merges a checkpoint and answers its path. @throws EvaldError `mergeFileMissing`, `mergeInvalid`, `mergeFailed`. */
export type MergeFace = (request: MergeRequest) => Promise<string>;

/** Everything the app needs from outside. */
export type AppDependencies = Clock & {
  /** Who may call. */
  access: AccessFace;
  /** What is asked of every request. */
  guard: GuardRules;
  scheduler: SchedulerFace;
  webhooks: WebhooksFace;
  catalog: CatalogFace;
  merge: MergeFace;
  /** Hashes of submissions with credentials are made with it. Random, and of the journal. */
  hashKey: string;
  /** What is not to be seen of what a run writes; null when that is nothing. */
  blotOf(jobId: string): Blot | null;
  /** Why a job may not be posted to a URL, as far as the URL alone shows; null: it may. */
  targetRefusal(url: string): string | null;
  events: EventsFace;
  output: OutputFace;
  /** Told when jobs end. */
  jobEnds: Pick<JobEnds, 'wait'>;
  /** Aborted when the server closes: what is open ends. */
  closing: AbortSignal;
  about: About;
  /** What is wrong with this process; empty: nothing is. At once: it waits for no file. */
  processFaults(): string[];
  /** How the place is where runs run, and whose its devices are. Soon, and never throws. */
  engine(): Promise<EngineState>;
  /** Told what callers do that no job's record says. */
  log: Pick<Log, 'info' | 'warn'>;
  /** Told of every failure that is evald's own fault; the client is told nothing of it. */
  logError(message: string, error: unknown): void;
};
