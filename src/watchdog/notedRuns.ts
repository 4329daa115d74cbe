import type { RunExecutor, RunJob } from '../machines/ports/runner.ts';
import { noteActivity } from './activity.ts';

/** The same runs; what is begun for one is noted for the watchdog. */
export function notedRuns(runs: RunExecutor): RunExecutor {
  const note = (what: string, { jobId }: Pick<RunJob, 'jobId'>) => noteActivity(`${what} job ${jobId}`);
  return {
    ...runs,
    check: (job) => {
      note('checking', job);
      return runs.check(job);
    },
    prepare: (job) => {
      note('preparing', job);
      return runs.prepare(job);
    },
    launch: (job, prepared) => {
      note('launching', job);
      return runs.launch(job, prepared);
    },
    recover: (job) => {
      note('looking for the run of', job);
      return runs.recover(job);
    },
    collect: (job, ...how) => {
      note('judging', job);
      return runs.collect(job, ...how);
    },
    discard: (job) => {
      note('deleting the folder of', job);
      return runs.discard(job);
    },
  };
}
