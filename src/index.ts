/**
 * evald as a library: the scheduler, and what it stands on.
 *
 * @example
 * const journal = await openSqliteJournal(dataDir);
 * const harness = createDemoHarness({ extraArgs: [] });
 * const { secretsOf } = journal;
 * const runs = createRuns({ harness, backend: createLocalBackend(), dataDir, now: Date.now, secretsOf });
 * const scheduler = new JobScheduler({ runs, journal });
 */

// What it stands on: each may be another implementation.
export type { Journal, JournalEvent, Transition } from './journal/contract.ts';
export { JournalContradiction } from './journal/contract.ts';
// What can be thrown at its user.
export { DataDirError } from './journal/dataDir.ts';
export { openSqliteJournal } from './journal/journal.ts';

// The scheduler, and what is asked of it.
export type { Added, Idempotency, JobDetails, RetryDetails } from './machines/jobCommands.ts';
export { JobScheduler } from './machines/jobScheduler.ts';
export type { JobSchedulerDependencies, JobSchedulerOptions } from './machines/jobSchedulerOptions.ts';
export type { SchedulerHealth } from './projections/health.ts';
export type { QueueStats } from './projections/queue.ts';
export type { Backend, Harness, Runs } from './runner/contract.ts';
export { RunError, UnavailableError } from './runner/contract.ts';
export { createDemoHarness, type DemoSettings } from './runner/demo/harness.ts';
export { createLmmsEvalHarness, type LmmsEvalSettings } from './runner/lmmsEval/harness.ts';
export { createLocalBackend } from './runner/local/backend.ts';
export { createRayBackend } from './runner/ray/backend.ts';
export type { RayOptions } from './runner/ray/options.ts';
export type { RunReader } from './runner/reader/runReader.ts';
export { createThreadedReader, type ThreadedReader } from './runner/reader/threadedReader.ts';
export { createRuns, type RunsDependencies } from './runner/runs.ts';
export { createSlurmBackend, type SlurmSettings } from './runner/slurm/backend.ts';
export { type ErrorCode, EvaldError, type Fault, UnfitError } from './schemas/errors.ts';

// What goes in and comes out.
export { type EvaluateRequest, evaluateRequestSchema } from './schemas/evaluateRequest.ts';
export { type JobInfo, type JobStatus, jobInfoSchema } from './schemas/job.ts';
export { type FailureKind, failureKindSchema, type Metrics, type Outcome, type Result } from './schemas/outcome.ts';
export type { LaunchedRun, PreparedRun, RunHandle } from './schemas/run.ts';
