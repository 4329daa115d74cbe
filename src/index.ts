/**
 * evald as a library: the scheduler, and what it stands on.
 *
 * @example
 * const journal = await openSqliteJournal(dataDir);
 * const harness = createDemoHarness({ extraArgs: [] });
 * const { secretsOf } = journal;
 * const runs = createRunExecutor({ harness, backend: createLocalBackend(), dataDir, now: Date.now, secretsOf });
 * const scheduler = new JobScheduler({ runs, journal });
 */

// What can be thrown at its user.
export { DataDirError } from './journal/dataDir.ts';
// What it stands on: each may be another implementation.
export { openSqliteJournal } from './journal/journal.ts';
export type { Journal, JournalEvent, Transition } from './machines/ports/journal.ts';
export { JournalContradiction } from './machines/ports/journal.ts';
export type { RunExecutor } from './machines/ports/runner.ts';
export { RunError, UnavailableError } from './machines/ports/runner.ts';
// The scheduler, and what is asked of it.
export type { SchedulerHealth } from './projections/health.ts';
export type { QueueStats } from './projections/queue.ts';
export type { Backend } from './runner/backends/backend.ts';
export { createLocalBackend } from './runner/backends/local/backend.ts';
export { createRayBackend } from './runner/backends/ray/backend.ts';
export type { RayOptions } from './runner/backends/ray/options.ts';
export { createSlurmBackend, type SlurmSettings } from './runner/backends/slurm/backend.ts';
export { createRunExecutor, type RunExecutorDependencies } from './runner/executor.ts';
export type { Harness } from './runner/harnesses/contract.ts';
export { createDemoHarness, type DemoSettings } from './runner/harnesses/demo/harness.ts';
export { createLmEvalHarness, type LmEvalSettings } from './runner/harnesses/lmEval/harness.ts';
export { createLmmsEvalHarness, type LmmsEvalSettings } from './runner/harnesses/lmmsEval/harness.ts';
export type { RunReader } from './runner/results/reader/runReader.ts';
export { createThreadedReader, type ThreadedReader } from './runner/results/reader/threadedReader.ts';
export type { Added, Idempotency, JobDetails, RetryDetails } from './scheduler/jobCommands.ts';
export { JobScheduler } from './scheduler/jobScheduler.ts';
export type { JobSchedulerDependencies, JobSchedulerOptions } from './scheduler/jobSchedulerOptions.ts';
export { type ErrorCode, EvaldError, type Fault, UnfitError } from './schemas/errors/errors.ts';

// What goes in and comes out.
export { type JobInfo, type JobStatus, jobInfoSchema } from './schemas/job/job.ts';
export { type FailureKind, failureKindSchema, type Metrics, type Outcome, type Result } from './schemas/job/outcome.ts';
export type { LaunchedRun, PreparedRun, RunHandle } from './schemas/job/run.ts';
export { type EvaluateRequest, evaluateRequestSchema } from './schemas/submission/evaluateRequest.ts';
