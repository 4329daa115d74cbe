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
export { openSqliteJournal } from './journal/journal.ts';
export type { CancelResult, QueueStats } from './machines/jobCommands.ts';
export { JobScheduler } from './machines/jobScheduler.ts';
export { createDemoHarness } from './runner/demo/harness.ts';
export { createLmmsEvalHarness } from './runner/lmmsEval/harness.ts';
export { createLocalBackend } from './runner/local/backend.ts';
export { createRayBackend } from './runner/ray/backend.ts';
export type { RayOptions } from './runner/ray/options.ts';
export { createRuns } from './runner/runs.ts';
export { createSlurmBackend, type SlurmSettings } from './runner/slurm/backend.ts';
export { type EvaluateRequest, evaluateRequestSchema } from './schemas/evaluateRequest.ts';
export type { JobInfo, JobStatus } from './schemas/job.ts';
export type { Metrics, Outcome, Result } from './schemas/outcome.ts';
