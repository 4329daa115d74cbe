import type { AnyStateMachine } from 'xstate';
import type { MachineName } from '../schemas/server/machines.ts';
import { deliveryMachine } from './delivery/delivery.ts';
import { jobMachine } from './job/job.ts';
import { runnerMachine } from './runner/runner.ts';
import { runTrackerMachine } from './runTracker/runTracker.ts';
import { schedulerMachine } from './scheduler/scheduler.ts';

/** The charts by name: all there are. */
export const charts = {
  job: jobMachine,
  scheduler: schedulerMachine,
  runner: runnerMachine,
  delivery: deliveryMachine,
  runTracker: runTrackerMachine,
} satisfies Record<MachineName, AnyStateMachine>;
