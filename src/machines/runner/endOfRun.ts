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
    'runner.stop': { guard: 'mayGoOn', actions: { type: 'noteEnding', params: ({ event }) => event.reason } },
    'runner.withdraw': { guard: 'mayGoOn', actions: 'noteWithdrawal' },
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
    'runner.stop': { guard: 'mayGoOn', actions: { type: 'noteEnding', params: ({ event }) => event.reason } },
    'runner.withdraw': { guard: 'mayGoOn', actions: 'noteWithdrawal' },
  },
});

/** What follows the end of a run. */
export const concluding = runnerSetup.createStateConfig({
  description:
    'The run has ended: another attempt follows where its engine has failed it; of a split job the next part begins, unless there is none, or the job is to end',
  always: [
    { guard: 'isToBeRetried', target: 'backingOff', actions: 'endAttempt' },
    { guard: 'isNextUnknown', target: 'recovering', actions: ['concludePart', 'beginPart'] },
    { guard: 'isNextWithdrawn', target: 'withdrawn', actions: ['concludePart', 'reportWithdrawn'] },
    { guard: 'isNext', target: 'preparing', actions: ['concludePart', 'beginPart'] },
    { guard: 'isNextUnrecorded', target: 'recovering', actions: ['concludePart', 'lookOn'] },
    { target: 'settled', actions: 'concludePart' },
  ],
});

/** Between two attempts. Its job goes on, and keeps what is its own. */
export const backingOff = runnerSetup.createStateConfig({
  description: 'Its engine has failed it: the next attempt begins after a while, longer each time',
  always: { guard: 'isWithdrawing', target: 'withdrawn', actions: 'reportWithdrawn' },
  after: { untilNextAttempt: [{ guard: 'isUnknownRun', target: 'recovering' }, { target: 'preparing' }] },
  on: {
    'runner.stop': [
      {
        guard: 'isUnknownRun',
        target: 'recovering',
        actions: { type: 'noteStopReason', params: ({ event }) => event.reason },
      },
      {
        target: 'concluding',
        actions: [{ type: 'noteStopReason', params: ({ event }) => event.reason }, 'noteStopped'],
      },
    ],
    'runner.withdraw': { target: 'withdrawn', actions: 'reportWithdrawn' },
  },
});
