import { cancel } from 'xstate';
import { noRetries } from '../../schemas/submission/retry.ts';
import { backingOff, collecting, concluding, recording, stopping } from './endOfRun.ts';
import { bound, nothingBegun, preparedRun, settledOutcome, watched } from './runnerContext.ts';
import { runnerSetup } from './runnerSetup.ts';

/**
 * One run of one job, from the first folder to the last process; of a split job one run a task, one after the other.
 *
 * It prepares (folders, log, what is there already), launches, and watches; an engine may let it wait for a node,
 * which takes nothing of its time. When the program ends, processes that it
 * left behind get the grace period to end too. One that has written the results of all its tasks and then shows nothing
 * for the time to linger hangs: it is ended, and judged by those results. Asked to stop, or when they do not, it signals every process of the
 * run: TERM, and after the grace period KILL. Only when none is left does it collect the outcome and settle, so that a
 * slot is free only when the work is gone. A request to stop that comes while a launch is under way is kept until there
 * is something to stop.
 *
 * A server that ends and ends its runs asks for their withdrawal. What has not begun, and lets an engine keep it waiting, is
 * taken back: its job goes on without a run (`withdrawn`), and the next server launches it. What has begun is stopped.
 *
 * When the server was restarted and the run was not, it begins in `running`, or in `stopping` when it was asked to stop
 * before. When it is not known whether there is
 * a run (the server ended between a launch and its record), it looks for one first, in a way that keeps a late launch
 * from starting: a run is never lost and never doubled.
 *
 * What keeps it from being launched may be no fault of its job: a disk that is full, an engine that takes nothing, a Python
 * that is gone. Then it is `unlaunched`: it tells the scheduler why, and begins again when that says so. Stopped meanwhile, it
 * settles as stopped when it is known that nothing of it runs. A server that ends leaves it as it is, and the next one finds nothing and prepares it.
 *
 * Of a split job each task is a part. When the run of a part has ended, the runner reports it, with what it measured, and begins the next one:
 * also after one that failed by itself, and not after one that evald has ended, or when the end of the job was asked for meanwhile. The job
 * has its outcome when no part is left.
 *
 * Where its engine or its machine has failed a run, and the job may be tried again after such a failure (`RetryPolicy`), the run is an attempt
 * that has failed: it is reported, and after a while (`backingOff`) the next one is prepared, a run with a folder of state and a log of its
 * own. Not when the end of the job was asked for, and not when it is unknown whether a run goes on. The outcome of the last attempt is that
 * of the job, or of the part.
 *
 * Between two runs of a job it is `recording`: the next one is not launched before the scheduler says that the end of the one before is on
 * disk. So a server that crashes leaves at most one run that is not on record, and the next server knows which one to look for.
 */
export const runnerMachine = runnerSetup.createMachine({
  id: 'runner',
  description: 'One run of one job, or one a task, from the first folder to the last process',
  context: ({ input: { resume, ended = null, retry = noRetries, attempts = [], ...input } }) => ({
    ...input,
    ...nothingBegun,
    ...{ ended, retry, attempts },
    origin: resume === undefined ? 'new' : resume.run === null ? 'unknown' : 'known',
    isResumed: resume !== undefined,
    prepared: resume?.run?.prepared ?? null,
    handle: resume?.run?.handle ?? null,
    place: resume?.run?.place ?? null,
    isLate: ended !== null || attempts.length > 0,
    stopReason: resume?.stopReason ?? null,
    ending: null,
    isWithdrawing: false,
  }),
  initial: 'entering',
  states: {
    entering: {
      description: 'Is there a run already?',
      always: [
        { guard: 'isWhole', target: 'settled' },
        { guard: 'isKnownAndStopRequested', target: 'stopping' },
        { guard: 'isKnownRun', target: 'running' },
        { guard: 'isBetweenAttempts', target: 'backingOff' },
        { guard: 'isUnknownRun', target: 'recovering' },
        { target: 'preparing' },
      ],
    },
    recovering: {
      description: 'Looks for a run that was launched and not recorded',
      invoke: {
        src: 'recover',
        input: ({ context }) => bound(context),
        onDone: [
          {
            guard: { type: 'isFoundAndStopRequested', params: ({ event }) => ({ run: event.output }) },
            target: 'stopping',
            actions: [{ type: 'noteFound', params: ({ event }) => ({ run: event.output }) }, 'reportLaunched'],
          },
          {
            guard: { type: 'isFoundAndWithdrawn', params: ({ event }) => ({ run: event.output }) },
            target: 'withdrawing',
            actions: [{ type: 'noteFound', params: ({ event }) => ({ run: event.output }) }, 'reportLaunched'],
          },
          {
            guard: { type: 'isFound', params: ({ event }) => ({ run: event.output }) },
            target: 'running',
            actions: [{ type: 'noteFound', params: ({ event }) => ({ run: event.output }) }, 'reportLaunched'],
          },
          { guard: 'isWithdrawn', target: 'withdrawn', actions: 'reportWithdrawn' },
          { target: 'preparing', actions: 'noteNone' },
        ],
        onError: [
          {
            guard: { type: 'isUnavailable', params: ({ event }) => event },
            target: 'unlaunched',
            actions: { type: 'noteFault', params: ({ event }) => event },
          },
          { target: 'concluding', actions: { type: 'noteLoss', params: ({ event }) => event } },
        ],
      },
      on: {
        'runner.stop': { actions: { type: 'noteStopReason', params: ({ event }) => event.reason } },
        'runner.withdraw': { actions: 'noteWithdrawal' },
      },
    },
    preparing: {
      description: 'Makes folders and log, notes what is there already',
      invoke: {
        src: 'prepare',
        input: ({ context }) => bound(context),
        onDone: [
          {
            guard: 'isStopRequested',
            target: 'collecting',
            actions: { type: 'notePrepared', params: ({ event }) => event.output },
          },
          { guard: 'isWithdrawn', target: 'withdrawn', actions: 'reportWithdrawn' },
          { target: 'launching', actions: { type: 'notePrepared', params: ({ event }) => event.output } },
        ],
        onError: [
          {
            guard: { type: 'isUnavailable', params: ({ event }) => event },
            target: 'unlaunched',
            actions: { type: 'noteFault', params: ({ event }) => event },
          },
          { target: 'concluding', actions: { type: 'noteLaunchFailure', params: ({ event }) => event } },
        ],
      },
      on: {
        'runner.stop': { actions: { type: 'noteStopReason', params: ({ event }) => event.reason } },
        'runner.withdraw': { actions: 'noteWithdrawal' },
      },
    },
    launching: {
      description: 'Starts the program',
      invoke: {
        src: 'launch',
        input: ({ context }) => ({ ...bound(context), prepared: preparedRun(context) }),
        onDone: [
          {
            guard: 'isStopRequested',
            target: 'stopping',
            actions: [{ type: 'noteHandle', params: ({ event }) => event.output }, 'reportLaunched'],
          },
          {
            guard: 'isWithdrawn',
            target: 'withdrawing',
            actions: [{ type: 'noteHandle', params: ({ event }) => event.output }, 'reportLaunched'],
          },
          {
            target: 'running',
            actions: [{ type: 'noteHandle', params: ({ event }) => event.output }, 'reportLaunched'],
          },
        ],
        onError: [
          {
            guard: { type: 'isUnavailable', params: ({ event }) => event },
            target: 'unlaunched',
            actions: { type: 'noteFault', params: ({ event }) => event },
          },
          { target: 'concluding', actions: { type: 'noteLaunchFailure', params: ({ event }) => event } },
        ],
      },
      on: {
        'runner.stop': { actions: { type: 'noteStopReason', params: ({ event }) => event.reason } },
        'runner.withdraw': { actions: 'noteWithdrawal' },
      },
    },
    unlaunched: {
      description:
        'Could not be launched by a fault of the server or of its engine: waits until it is asked to try again',
      entry: 'reportUnlaunched',
      always: [
        { guard: 'isStoppedPrepared', target: 'collecting' },
        { guard: 'isStoppedUnlaunched', target: 'concluding', actions: 'noteStopped' },
        { guard: 'isWithdrawing', target: 'withdrawn', actions: 'reportWithdrawn' },
      ],
      on: {
        'runner.stop': { actions: { type: 'noteStopReason', params: ({ event }) => event.reason } },
        // A server that ends has no say in what was not launched: the next one takes it up.
        'runner.withdraw': { target: 'withdrawn', actions: 'reportWithdrawn' },
        'runner.retry': [{ guard: 'isUnknownRun', target: 'recovering' }, { target: 'preparing' }],
      },
    },
    running: {
      description: 'Watches the program and follows its log',
      invoke: [
        { src: 'watch', input: ({ context }) => watched(context) },
        {
          src: 'follow',
          input: ({ context }) => ({ ...bound(context), prepared: preparedRun(context), ...watched(context) }),
        },
      ],
      initial: 'working',
      states: {
        working: {
          description:
            'Its time and its silence are limited, once it has a node to run on; after its results its silence alone',
          entry: ['armTimeout', 'armStall'],
          exit: [cancel('timeout'), cancel('stall'), cancel('linger')],
          on: {
            'run.placed': {
              actions: [
                { type: 'reportPlaced', params: ({ event }) => event },
                { type: 'notePlace', params: ({ event }) => event },
                'armTimeout',
                'armStall',
              ],
            },
            'run.output': { actions: ['armStall', 'armLinger'] },
            'run.saved': { actions: ['noteSaved', 'armStall', 'armLinger'] },
            'run.timedOut': { target: '#runner.stopping', actions: 'noteTimeout' },
            'run.stalled': { target: '#runner.stopping', actions: 'noteStall' },
            'run.hung': { target: '#runner.stopping', actions: 'noteHang' },
            'run.exited': { target: 'lingering', actions: { type: 'noteExit', params: ({ event }) => event.exit } },
          },
        },
        lingering: {
          description: 'The program has ended; processes it left behind may end too',
          after: { grace: '#runner.stopping' },
          // The program ended by itself: a stop hastens what it left behind and changes nothing about the outcome of this run.
          on: {
            'runner.stop': {
              target: '#runner.stopping',
              actions: { type: 'noteEnding', params: ({ event }) => event.reason },
            },
            'runner.withdraw': { target: '#runner.stopping', actions: 'noteWithdrawal' },
          },
        },
      },
      on: {
        'run.progress': { actions: { type: 'reportProgress', params: ({ event }) => event.progress } },
        'run.gone': 'collecting',
        'runner.stop': {
          target: 'stopping',
          actions: { type: 'noteStopReason', params: ({ event }) => event.reason },
        },
        'runner.withdraw': { target: 'withdrawing', actions: 'noteWithdrawal' },
      },
    },
    withdrawing: {
      description: 'Takes the run back, if it has not begun',
      invoke: {
        src: 'withdraw',
        input: ({ context }) => watched(context),
        onDone: [
          { guard: 'isStopRequested', target: 'stopping' },
          {
            guard: { type: 'isTakenBack', params: ({ event }) => ({ isOurs: event.output }) },
            target: 'recalling',
            actions: 'reportWithdrawn',
          },
          { target: 'stopping', actions: 'noteInterruption' },
        ],
        onError: { target: 'stopping', actions: 'noteInterruption' },
      },
      on: { 'runner.stop': { actions: { type: 'noteStopReason', params: ({ event }) => event.reason } } },
    },
    recalling: {
      description: 'Its engine need not keep it in its queue; without its answer nothing begins either',
      invoke: {
        src: 'stop',
        input: ({ context }) => ({ ...watched(context), how: 'terminate' }),
        onDone: 'withdrawn',
        onError: 'withdrawn',
      },
      after: { grace: 'withdrawn' },
    },
    stopping,
    collecting,
    concluding,
    recording,
    backingOff,
    withdrawn: { type: 'final', description: 'Nothing of it has begun; the next server launches it' },
    settled: { type: 'final', description: 'Nothing runs any more; the outcome is reported', entry: 'reportSettled' },
  },
  output: ({ context }) => settledOutcome(context),
});
