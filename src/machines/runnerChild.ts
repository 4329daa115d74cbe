import type { Outcome } from '../schemas/outcome.ts';
import type { RunnerInput } from './runner.ts';
import type { SchedulerContext } from './schedulerContext.ts';

const PREFIX = 'runner:';

/** The actor id of a job's runner. */
export const runnerId = (jobId: string): string => PREFIX + jobId;

/** The job of a runner's actor id. */
export const jobOf = (actorId: string): string => actorId.slice(PREFIX.length);

/** @param resuming the job ran when the server ended: its run is looked for before anything is launched. */
export function runnerInput({ runs, grace, roster }: SchedulerContext, jobId: string, resuming = false): RunnerInput {
  const { request, folderName, run } = roster.contextOf(jobId);
  return { runs, grace, job: { jobId, request, folderName }, ...(resuming && { resume: { run } }) };
}

/** The outcome of a run whose runner broke: nothing is known of it. */
export const lost = (error: unknown): Outcome => ({
  status: 'failed',
  kind: 'lost',
  reason: `its runner failed: ${error instanceof Error ? error.message : error}`,
});
