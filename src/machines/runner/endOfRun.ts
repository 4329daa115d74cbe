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
    'The run has ended: another attempt follows where its engine has failed it; of a split job the next part, unless there is none, or the job is to end',
  always: [
    { guard: 'isToBeRetried', target: 'recording', actions: 'endAttempt' },
    { guard: 'isNext', target: 'recording', actions: ['concludePart', 'beginPart'] },
    { target: 'settled', actions: 'concludePart' },
  ],
});

/** What a request does between two runs. */
const betweenRuns = runnerSetup.createStateConfig({
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

/** Between two runs of a job. It goes on, and keeps what is its own. */
export const recording = runnerSetup.createStateConfig({
  description: 'The end of a part, or of an attempt, is being written: nothing more is launched before it is on disk',
  always: { guard: 'isWithdrawing', target: 'withdrawn', actions: 'reportWithdrawn' },
  on: {
    ...betweenRuns.on,
    'runner.recorded': [
      { guard: 'isTriedAgain', target: 'backingOff' },
      { guard: 'isUnknownRun', target: 'recovering' },
      { target: 'preparing' },
    ],
  },
});

/** Between two attempts, of which the first is on disk. */
export const backingOff = runnerSetup.createStateConfig({
  description: 'Its engine has failed it: the next attempt begins after a while, longer each time',
  after: { untilNextAttempt: [{ guard: 'isUnknownRun', target: 'recovering' }, { target: 'preparing' }] },
  on: betweenRuns.on,
});
