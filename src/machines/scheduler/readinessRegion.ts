import { checkpointsToSee } from './schedulerContext.ts';
import { schedulerSetup } from './schedulerSetup.ts';

/** Whether checkpoints are there that jobs wait for (`ready_file`). Those jobs keep their positions, and are passed over meanwhile. */
export const readinessRegion = schedulerSetup.createStateConfig({
  initial: 'idle',
  states: {
    idle: {
      description: 'No job waits for a checkpoint',
      always: { guard: 'isCheckpointAwaited', target: 'resting' },
    },
    resting: {
      description: 'It is looked again soon',
      always: { guard: 'isNoCheckpointAwaited', target: 'idle' },
      after: { checkpointLook: 'looking' },
    },
    looking: {
      description: 'Which checkpoints are there?',
      invoke: {
        src: 'lookForCheckpoints',
        input: ({ context }) => ({ runs: context.runs, awaited: checkpointsToSee(context), now: context.monotonic() }),
        onDone: { target: 'resting', actions: { type: 'noteSeen', params: ({ event }) => ({ jobIds: event.output }) } },
      },
    },
  },
});
