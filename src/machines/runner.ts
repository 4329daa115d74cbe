import { assign, fromCallback, fromPromise, sendParent, setup } from 'xstate';
import type { Exit, RunJob, RunReport, Runs, StopMethod, StopReason } from '../runner/contract.ts';
import type { Outcome } from '../schemas/outcome.ts';
import type { Progress } from '../schemas/progress.ts';
import type { LaunchedRun, PreparedRun, RunHandle } from '../schemas/run.ts';

export type RunnerEvent =
  | { type: 'runner.stop'; reason: StopReason }
  | { type: 'run.progress'; progress: Progress }
  | RunReport;

/** What a runner tells the scheduler. */
export type RunnerFact =
  | { type: 'runner.launched'; jobId: string; run: LaunchedRun }
  | { type: 'runner.progress'; jobId: string; progress: Progress }
  | { type: 'runner.settled'; jobId: string; outcome: Outcome };

export type RunnerInput = {
  job: RunJob;
  runs: Runs;
  /** Milliseconds between asking the run to end and killing it. */
  grace: number;
  /** The job ran when the server ended, maybe by a crash: its run, if it is known. It is watched, not launched again. */
  resume?: { run: LaunchedRun | null };
};

export type RunnerContext = Omit<RunnerInput, 'resume'> & {
  /** Where the runner began. */
  origin: 'new' | 'known' | 'unknown';
  prepared: PreparedRun | null;
  handle: RunHandle | null;
  exit: Exit | null;
  stopReason: StopReason | null;
  outcome: Outcome | null;
};

type Bound = { runs: Runs; job: RunJob };

/**
 * One run of one job, from the first folder to the last process.
 *
 * It prepares (folders, log, what is there already), launches, and watches. When the program ends, processes that it
 * left behind get the grace period to end too. Asked to stop, or when they do not, it signals every process of the
 * run: TERM, and after the grace period KILL. Only when none is left does it collect the outcome and settle, so that a
 * slot is free only when the work is gone. A request to stop that comes while a launch is under way is kept until there
 * is something to stop. When the server was restarted and the run was not, it begins in `running`. When it is not known whether there is
 * a run (the server ended between a launch and its record), it looks for one first, in a way that keeps a late launch
 * from starting: a run is never lost and never doubled.
 */
export const runnerMachine = setup({
  types: {
    context: {} as RunnerContext,
    events: {} as RunnerEvent,
    input: {} as RunnerInput,
    output: {} as Outcome,
  },
  actors: {
    prepare: fromPromise<PreparedRun, Bound>(({ input }) => input.runs.prepare(input.job)),
    recover: fromPromise<LaunchedRun | null, Bound>(({ input }) => input.runs.recover(input.job)),
    launch: fromPromise<RunHandle, Bound & { prepared: PreparedRun }>(({ input }) =>
      input.runs.launch(input.job, input.prepared),
    ),
    watch: fromCallback<RunnerEvent, { runs: Runs; handle: RunHandle }>(({ input, sendBack }) =>
      input.runs.watch(input.handle, sendBack),
    ),
    follow: fromCallback<RunnerEvent, { runs: Runs; prepared: PreparedRun }>(({ input, sendBack }) =>
      input.runs.follow(input.prepared, (progress) => sendBack({ type: 'run.progress', progress })),
    ),
    stop: fromPromise<void, { runs: Runs; handle: RunHandle; how: StopMethod }>(({ input }) =>
      input.runs.stop(input.handle, input.how),
    ),
    collect: fromPromise<Outcome, Bound & { prepared: PreparedRun; exit: Exit; stopReason: StopReason | null }>(
      ({ input }) => input.runs.collect(input.job, input.prepared, input.exit, input.stopReason),
    ),
  },
  actions: {
    noteFound: assign((_, { run }: { run: LaunchedRun | null }) => run ?? {}),
    notePrepared: assign((_, params: PreparedRun) => ({ prepared: params })),
    noteHandle: assign((_, params: RunHandle) => ({ handle: params })),
    noteExit: assign((_, params: Exit) => ({ exit: params })),
    noteStopReason: assign((_, params: StopReason) => ({ stopReason: params })),
    noteOutcome: assign((_, params: Outcome) => ({ outcome: params })),
    noteLaunchFailure: assign((_, params: { error: unknown }) => ({
      outcome: { status: 'failed' as const, kind: 'launch' as const, reason: reasonOf(params.error) },
    })),
    noteLoss: assign((_, params: { error: unknown }) => ({
      outcome: { status: 'failed' as const, kind: 'lost' as const, reason: reasonOf(params.error) },
    })),
    reportLaunched: sendParent(
      ({ context }): RunnerFact => ({
        type: 'runner.launched',
        jobId: context.job.jobId,
        run: { prepared: preparedRun(context), handle: watched(context).handle },
      }),
    ),
    reportProgress: sendParent(
      ({ context }, params: Progress): RunnerFact => ({
        type: 'runner.progress',
        jobId: context.job.jobId,
        progress: params,
      }),
    ),
    reportSettled: sendParent(
      ({ context }): RunnerFact => ({
        type: 'runner.settled',
        jobId: context.job.jobId,
        outcome: settledOutcome(context),
      }),
    ),
  },
  guards: {
    isKnownRun: ({ context }) => context.origin === 'known',
    isUnknownRun: ({ context }) => context.origin === 'unknown',
    isFound: (_, { run }: { run: LaunchedRun | null }) => run !== null,
    isFoundAndStopRequested: ({ context }, { run }: { run: LaunchedRun | null }) =>
      run !== null && context.stopReason !== null,
    isStopRequested: ({ context }) => context.stopReason !== null,
  },
  delays: {
    grace: ({ context }) => context.grace,
    again: 1_000,
  },
}).createMachine({
  id: 'runner',
  description: 'One run of one job, from the first folder to the last process',
  context: ({ input: { resume, ...input } }) => ({
    ...input,
    origin: resume === undefined ? 'new' : resume.run === null ? 'unknown' : 'known',
    prepared: resume?.run?.prepared ?? null,
    handle: resume?.run?.handle ?? null,
    exit: null,
    stopReason: null,
    outcome: null,
  }),
  initial: 'entering',
  states: {
    entering: {
      description: 'Is there a run already?',
      always: [
        { guard: 'isKnownRun', target: 'running' },
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
            guard: { type: 'isFound', params: ({ event }) => ({ run: event.output }) },
            target: 'running',
            actions: [{ type: 'noteFound', params: ({ event }) => ({ run: event.output }) }, 'reportLaunched'],
          },
          { target: 'preparing' },
        ],
        onError: { target: 'settled', actions: { type: 'noteLoss', params: ({ event }) => event } },
      },
      on: { 'runner.stop': { actions: { type: 'noteStopReason', params: ({ event }) => event.reason } } },
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
          { target: 'launching', actions: { type: 'notePrepared', params: ({ event }) => event.output } },
        ],
        onError: { target: 'settled', actions: { type: 'noteLaunchFailure', params: ({ event }) => event } },
      },
      on: { 'runner.stop': { actions: { type: 'noteStopReason', params: ({ event }) => event.reason } } },
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
            target: 'running',
            actions: [{ type: 'noteHandle', params: ({ event }) => event.output }, 'reportLaunched'],
          },
        ],
        onError: { target: 'settled', actions: { type: 'noteLaunchFailure', params: ({ event }) => event } },
      },
      on: { 'runner.stop': { actions: { type: 'noteStopReason', params: ({ event }) => event.reason } } },
    },
    running: {
      description: 'Watches the program and follows its log',
      invoke: [
        { src: 'watch', input: ({ context }) => watched(context) },
        { src: 'follow', input: ({ context }) => ({ runs: context.runs, prepared: preparedRun(context) }) },
      ],
      initial: 'working',
      states: {
        working: {
          on: {
            'run.exited': { target: 'lingering', actions: { type: 'noteExit', params: ({ event }) => event.exit } },
          },
        },
        lingering: {
          description: 'The program has ended; processes it left behind may end too',
          after: { grace: '#runner.stopping' },
          // The program ended by itself: a stop hastens what it left behind and changes nothing about the outcome.
          on: { 'runner.stop': '#runner.stopping' },
        },
      },
      on: {
        'run.progress': { actions: { type: 'reportProgress', params: ({ event }) => event.progress } },
        'run.gone': 'collecting',
        'runner.stop': {
          target: 'stopping',
          actions: { type: 'noteStopReason', params: ({ event }) => event.reason },
        },
      },
    },
    stopping: {
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
      },
    },
    collecting: {
      description: 'Judges what the run left behind',
      invoke: {
        src: 'collect',
        input: ({ context }) => ({
          ...bound(context),
          prepared: preparedRun(context),
          exit: context.exit ?? { kind: 'unknown' as const, reason: 'it was never started' },
          stopReason: context.stopReason,
        }),
        onDone: { target: 'settled', actions: { type: 'noteOutcome', params: ({ event }) => event.output } },
        onError: { target: 'settled', actions: { type: 'noteLoss', params: ({ event }) => event } },
      },
    },
    settled: { type: 'final', description: 'Nothing runs any more; the outcome is told', entry: 'reportSettled' },
  },
  output: ({ context }) => settledOutcome(context),
});

function bound({ runs, job }: RunnerContext): Bound {
  return { runs, job };
}

/** The prepared run. @throws in a state that comes before it: the chart would be wrong. */
function preparedRun({ prepared }: RunnerContext): PreparedRun {
  if (prepared === null) throw new Error('the run is not prepared');
  return prepared;
}

/** The launched run. @throws in a state that comes before it: the chart would be wrong. */
function watched({ runs, handle }: RunnerContext): { runs: Runs; handle: RunHandle } {
  if (handle === null) throw new Error('the run is not launched');
  return { runs, handle };
}

function settledOutcome({ outcome }: RunnerContext): Outcome {
  return outcome ?? { status: 'failed', kind: 'lost', reason: 'the runner settled without an outcome' };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
