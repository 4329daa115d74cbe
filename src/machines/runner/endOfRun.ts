import { bound, preparedRun, watched } from './runnerContext.ts';
import { runnerSetup } from './runnerSetup.ts';

/** Its processes get TERM, and KILL after the grace period. */
export const stopping = runnerSetup.createStateConfig({
  description: 'Ends every process of the run, and waits until none is left',
  invoke: { src: 'watch', input: ({ context }) => watched(context) },
  initial: 'terminating',
  states: {
    terminating: {
      invoke: {
        src: 'stop',
        input: ({ context }) => ({ ...watched(context), how: 'terminate' }),
        onError: 'killing',
      },
      after: { grace: 'killing' },
    },
    killing: {
      description: 'Kills, and kills again what was born meanwhile',
      invoke: { src: 'stop', input: ({ context }) => ({ ...watched(context), how: 'kill' }), onError: {} },
      after: { again: { target: 'killing', reenter: true } },
    },
  },
  on: {
    'run.exited': { actions: { type: 'noteExit', params: ({ event }) => event.exit } },
    'run.gone': 'collecting',
    'runner.stop': { guard: 'isSplit', actions: { type: 'noteEnding', params: ({ event }) => event.reason } },
    'runner.withdraw': { guard: 'isSplit', actions: 'noteWithdrawal' },
  },
});

/** Nothing of the run is left. */
export const collecting = runnerSetup.createStateConfig({
  description: 'Judges what the run left behind',
  invoke: {
    src: 'collect',
    input: ({ context }) => ({
      ...bound(context),
      prepared: preparedRun(context),
      exit: context.exit ?? { kind: 'unknown' as const, reason: 'it was never started' },
      stopReason: context.stopReason,
    }),
    onDone: { target: 'concluding', actions: { type: 'noteOutcome', params: ({ event }) => event.output } },
    onError: { target: 'concluding', actions: { type: 'noteLoss', params: ({ event }) => event } },
  },
  // Too late for this run; no other is begun.
  on: {
    'runner.stop': { guard: 'isSplit', actions: { type: 'noteEnding', params: ({ event }) => event.reason } },
    'runner.withdraw': { guard: 'isSplit', actions: 'noteWithdrawal' },
  },
});

/** What follows the end of a run. */
export const concluding = runnerSetup.createStateConfig({
  description: 'The run has ended: of a split job the next part begins, unless there is none, or the job is to end',
  entry: 'concludePart',
  always: [
    { guard: 'isNextUnknown', target: 'recovering', actions: 'beginPart' },
    { guard: 'isNextWithdrawn', target: 'withdrawn', actions: 'reportWithdrawn' },
    { guard: 'isNext', target: 'preparing', actions: 'beginPart' },
    { target: 'settled' },
  ],
});
