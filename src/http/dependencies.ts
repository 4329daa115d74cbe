import type { Clock } from '../clock.ts';
import type { Log } from '../logging/log.ts';
import type { Journal } from '../machines/ports/journal.ts';
import type { JobScheduler } from '../scheduler/jobScheduler.ts';
import type { EngineState } from '../schemas/engine/engine.ts';
import type { Harnesses } from '../schemas/harness/harnesses.ts';
import type { MergeRequest } from '../schemas/harness/merge.ts';
import type { HookTemplate } from '../schemas/hooks/hookTemplate.ts';
import type { JobInfo } from '../schemas/job/job.ts';
import type { JobResults } from '../schemas/results/jobResults.ts';
import type { SamplesPage, SamplesQuery } from '../schemas/results/samplesPage.ts';
import type { Comparison, ComparisonQuery } from '../schemas/scores/comparison.ts';
import type { GateAnswer, GateRequest } from '../schemas/scores/gate.ts';
import type { ImportAnswer, ImportRequest } from '../schemas/scores/imports.ts';
import type { About } from '../schemas/server/health.ts';
import type { DeliveryStates } from '../schemas/server/machines.ts';
import type { Redactor } from '../security/redaction/redactor.ts';
import type { JobEnds } from './jobEnds.ts';
import type { AccessPort } from './middleware/authenticate.ts';
import type { RequestRules } from './middleware/requestChecks.ts';

/** What the routes ask of the scheduler. */
export type SchedulerPort = Pick<
  JobScheduler,
  | 'addJob'
  | 'cancelJob'
  | 'dryRunJob'
  | 'getBlocked'
  | 'getHealth'
  | 'getJobWithPosition'
  | 'getLiveStates'
  | 'getQueueStats'
  | 'isPaused'
  | 'observeTransitions'
  | 'pauseQueue'
  | 'readMissing'
  | 'readScores'
  | 'refusalOf'
  | 'reprioritiseJob'
  | 'resumeQueue'
  | 'retryJob'
  | 'searchJobs'
  | 'stopJob'
>;

/** Machines whose transitions can be followed. */
export type TransitionsPort = Pick<JobScheduler, 'observeTransitions'>;

/** What the routes ask of the webhooks. */
export type WebhooksPort = TransitionsPort & { getLiveStates(): DeliveryStates };

/** What the routes ask of the journal's events. */
export type EventsPort = Pick<Journal, 'events' | 'lastEvent' | 'onCommit'>;

/** What jobs have written that completed, or had measured something. Both throw EvaldError `outputMissing`, `outputUnreadable`. */
export type OutputPort = {
  results(job: JobInfo, repeated?: readonly JobInfo[], redactor?: Redactor | null): Promise<JobResults>;
  samples(job: JobInfo, task: string, query: SamplesQuery, redactor?: Redactor | null): Promise<SamplesPage>;
};

/** A completed job that is compared, the jobs that it repeats, the newest first, and what is not to be seen of what they wrote. */
type ComparedJob = { job: JobInfo; repeated: readonly JobInfo[]; redactor: Redactor | null };

/**
 * What compares jobs; ended by a signal it rejects. Both throw EvaldError `outputMissing`, `outputUnreadable`,
 * `comparisonUnavailable`, `unfit`.
 */
export type ComparisonsPort = {
  compare(a: ComparedJob, b: ComparedJob, query: ComparisonQuery, signal?: AbortSignal): Promise<Comparison>;
  gate(baseline: ComparedJob, candidate: ComparedJob, request: GateRequest, signal?: AbortSignal): Promise<GateAnswer>;
};

/** What a harness offers. Both throw EvaldError `catalogUnavailable`. */
type CatalogPort = { tasks(): Promise<string[]>; models(): Promise<string[]> };

/** The harnesses of the server. */
export type HarnessesPort = {
  describe(): Promise<Harnesses>;
  /** @param named null: the default one. @throws UnfitError when it is not offered. */
  catalogOf(named: string | null): Promise<CatalogPort>;
};

/** Merges a checkpoint and answers its path. @throws EvaldError `mergeFileMissing`, `mergeInvalid`, `mergeFailed`. */
export type MergePort = (request: MergeRequest) => Promise<string>;

/** Takes earlier runs into the record. @throws EvaldError `notAllowed`, `outputUnreadable`, `intakeClosed`. */
export type ImportPort = (request: ImportRequest, who: string | null) => Promise<ImportAnswer>;

/** What the server measures, as a text, and of which kind that is, with the version of the format. */
export type MetricsPort = { contentType: string; text(): Promise<string> };

/** Everything the app needs from outside. */
export type AppDependencies = Clock & {
  /** The tokens by which callers are known. */
  access: AccessPort;
  /** What is asked of every request. */
  guard: RequestRules;
  scheduler: SchedulerPort;
  webhooks: WebhooksPort;
  harnesses: HarnessesPort;
  merge: MergePort;
  importRuns: ImportPort;
  /** What is submitted for a checkpoint of which a training loop sends word; null: nothing is. */
  hookTemplate: HookTemplate | null;
  /** What the folder of a checkpoint has now: another text once it was written anew. Null: it cannot be looked at. Never throws. */
  checkpointVersion(folder: string): Promise<string | null>;
  /** Hashes of submissions with credentials are made with it. Random, and of the journal. */
  hashKey: string;
  /** What is not to be seen of what a run writes; null when that is nothing. */
  redactorOf(jobId: string): Redactor | null;
  /** Why a job may not be posted to a URL, as far as the URL alone shows; null: it may. */
  targetRefusal(url: string): string | null;
  events: EventsPort;
  output: OutputPort;
  comparisons: ComparisonsPort;
  metrics: MetricsPort;
  /** Called when jobs end. */
  jobEnds: Pick<JobEnds, 'wait'>;
  /** Aborted when the server closes: what is open ends. */
  closing: AbortSignal;
  about: About;
  /** What is wrong with this process; empty: nothing is. At once: it waits for no file. */
  processFaults(): string[];
  /** How the place is where runs run, and whose its devices are. Soon, and never throws. */
  engine(): Promise<EngineState>;
  /** Called with what callers do that no job's record says. */
  log: Pick<Log, 'info' | 'warn'>;
  /** Called with every failure that is evald's own fault; the client gets nothing of it. */
  logError(message: string, error: unknown): void;
};
