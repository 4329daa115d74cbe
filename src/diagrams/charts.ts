import { jobMachine } from '../machines/job.ts';
import { runnerMachine } from '../machines/runner.ts';
import { schedulerMachine } from '../machines/scheduler.ts';

/** The charts by name: all there are. */
export const charts = { job: jobMachine, scheduler: schedulerMachine, runner: runnerMachine };
