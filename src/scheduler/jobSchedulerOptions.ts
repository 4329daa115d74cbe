import type { ActorOptions } from 'xstate';
import type { Journal } from '../machines/ports/journal.ts';
import type { RunExecutor } from '../machines/ports/runner.ts';
import type { schedulerMachine } from '../machines/scheduler/scheduler.ts';
import type { SchedulerDependencies, SchedulerOptions } from '../machines/scheduler/schedulerContext.ts';
import type { EvaluateRequest } from '../schemas/submission/evaluateRequest.ts';
import { noRetries } from '../schemas/submission/retry.ts';
import { daysToAge, type RetentionLimits } from './retention.ts';

/** What a scheduler is made of; time and listeners have defaults. */
export type JobSchedulerDependencies = {
  runs: RunExecutor;
  journal: Journal;
} & Partial<Pick<SchedulerDependencies, 'now' | 'monotonic' | 'onTransition' | 'onProblem'>> &
  Pick<ActorOptions<typeof schedulerMachine>, 'clock' | 'inspect'> & {
    /**
     * Refuses requests that the operator does not allow, by throwing EvaldError `notAllowed`; without it all are allowed.
     * @param secrets names of the operator's secrets that the caller may name; null: any.
     */
    admit?: (request: EvaluateRequest, secrets: readonly string[] | null) => void;
    /** Why no run can be launched, as was found before; null, and without it: nothing is known to hinder it. */
    blockedBy?: string | null;
    /** Called when the scheduler can do nothing more: what is on disk is right, and a new start mends it. */
    onFatal?: (message: string) => void;
  };

export type JobSchedulerOptions = SchedulerOptions & {
  /** Start of the names of the runs' own folders; the job id follows. */
  tempDirPrefix: string;
  /** How much is kept of finished jobs that are no longer live. */
  history: RetentionLimits;
};

export const defaultOptions: JobSchedulerOptions = {
  slots: 1,
  maxPending: null,
  capacity: null,
  pools: null,
  isFair: false,
  backfillDepth: 50,
  maxQueue: 100_000,
  maxQueueBytes: 256 * 1024 * 1024,
  maxQueueBytesPerClient: 128 * 1024 * 1024,
  maxCompletedJobs: 100,
  tempDirPrefix: 'lmms_eval_',
  grace: 10_000,
  timeout: null,
  retry: noRetries,
  stallTimeout: null,
  linger: 300,
  webhook: null,
  history: { jobs: 10_000, age: daysToAge(90) },
};
