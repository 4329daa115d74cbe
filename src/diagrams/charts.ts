import type { AnyStateMachine } from 'xstate';
import { deliveryMachine } from '../machines/delivery.ts';
import { jobMachine } from '../machines/job.ts';
import { runnerMachine } from '../machines/runner.ts';
import { runTrackerMachine } from '../machines/runTracker.ts';
import { schedulerMachine } from '../machines/scheduler.ts';
import type { MachineName } from '../schemas/machines.ts';

/** The charts by name: all there are. */
export const charts = {
  job: jobMachine,
  scheduler: schedulerMachine,
  runner: runnerMachine,
  delivery: deliveryMachine,
  runTracker: runTrackerMachine,
} satisfies Record<MachineName, AnyStateMachine>;
