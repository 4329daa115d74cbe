import type { Outcome } from '../schemas/outcome.ts';
import type { RunnerInput } from './runner.ts';
import type { SchedulerContext } from './schedulerContext.ts';

const PREFIX = 'runner:';

/** The actor id of a job's runner. */
export const runnerId = (jobId: string): string => PREFIX + jobId;

/** The job of a runner's actor id. */
export const jobOf = (actorId: string): string => actorId.slice(PREFIX.length);

export function runnerInput({ runs, grace, roster, tempDirPrefix }: SchedulerContext, jobId: string): RunnerInput {
  return { runs, grace, job: { jobId, request: roster.requestOf(jobId), folderName: tempDirPrefix + jobId } };
}

/** The outcome of a run whose runner broke: nothing is known of it. */
export const lost = (error: unknown): Outcome => ({
  status: 'failed',
  kind: 'lost',
  reason: `its runner failed: ${error instanceof Error ? error.message : error}`,
});
