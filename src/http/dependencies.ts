import type { Clock } from '../clock.ts';
import type { Blot } from '../files/blot.ts';
import type { Journal } from '../journal/contract.ts';
import type { Log } from '../log.ts';
import type { JobScheduler } from '../machines/jobScheduler.ts';
import type { EngineState } from '../schemas/engine.ts';
import type { About } from '../schemas/health.ts';
import type { JobInfo } from '../schemas/job.ts';
import type { JobResults } from '../schemas/jobResults.ts';
import type { DeliveryStates } from '../schemas/machines.ts';
import type { MergeRequest } from '../schemas/mergeRequest.ts';
import type { SamplesPage, SamplesQuery } from '../schemas/samplesPage.ts';
import type { AccessFace } from './guard/authenticate.ts';
import type { GuardRules } from './guard/rules.ts';
import type { JobEnds } from './jobEnds.ts';

/** What the routes ask of the scheduler. */
export type SchedulerPort = Pick<
  JobScheduler,
  | 'addJob'
  | 'cancelJob'
  | 'getBlocked'
  | 'getHealth'
  | 'getJobWithPosition'
  | 'getLiveStates'
  | 'getQueueStats'
  | 'isPaused'
  | 'listJobs'
  | 'observeTransitions'
  | 'pauseQueue'
  | 'reprioritiseJob'
  | 'resumeQueue'
  | 'retryJob'
  | 'stopJob'
>;

/** Machines whose transitions can be followed. */
export type TransitionsPort = Pick<JobScheduler, 'observeTransitions'>;

/** What the routes ask of the webhooks. */
export type WebhooksPort = TransitionsPort & { getLiveStates(): DeliveryStates };

/** What the routes ask of the journal's events. */
export type EventsPort = Pick<Journal, 'events' | 'lastEvent' | 'onCommit'>;

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
  scheduler: SchedulerPort;
  webhooks: WebhooksPort;
  catalog: CatalogFace;
  merge: MergeFace;
  /** Hashes of submissions with credentials are made with it. Random, and of the journal. */
  hashKey: string;
  /** What is not to be seen of what a run writes; null when that is nothing. */
  blotOf(jobId: string): Blot | null;
  /** Why a job may not be posted to a URL, as far as the URL alone shows; null: it may. */
  targetRefusal(url: string): string | null;
  events: EventsPort;
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
