import { assign, enqueueActions, fromCallback, fromPromise, sendParent, setup } from 'xstate';
import {
  type Exit,
  type RunJob,
  type RunReport,
  type RunSign,
  type Runs,
  type StopMethod,
  type StopReason,
  UnavailableError,
} from '../runner/contract.ts';
import type { Outcome } from '../schemas/outcome.ts';
import type { Progress } from '../schemas/progress.ts';
import type { LaunchedRun, Placement, PreparedRun, RunHandle } from '../schemas/run.ts';
import { reasonOf } from '../thrown.ts';

export type RunnerEvent =
  | { type: 'runner.stop'; reason: StopReason }
  | { type: 'runner.retry' }
  | { type: 'run.timedOut' }
  | { type: 'run.stalled' }
  | RunSign
  | RunReport;

/** What a runner tells the scheduler. */
export type RunnerFact =
  | { type: 'runner.launched'; jobId: string; run: LaunchedRun }
  /** It could not be launched, by no fault of its job, and waits for `runner.retry`. */
  | { type: 'runner.held'; jobId: string; reason: string }
  | { type: 'runner.progress'; jobId: string; progress: Progress }
  /** `isMoved`: the node is another one than was told before, or the first. */
  | { type: 'runner.placed'; jobId: string; node: string; state: string; isMoved: boolean }
  | { type: 'runner.settled'; jobId: string; outcome: Outcome };

/** How long a run may take; null: any time. */
export type RunLimits = {
  /** Seconds it has, and since when, milliseconds since 1970: absolute, so that it holds across restarts. */
  timeout: { since: number; seconds: number } | null;
  /** Seconds without output. */
  stall: number | null;
};

export type RunnerInput = {
  job: RunJob;
  runs: Runs;
  /** Milliseconds between asking the run to end and killing it. */
  grace: number;
  limits: RunLimits;
  /** Milliseconds since 1970. */
  now: () => number;
  /** The job ran when the server ended, maybe by a crash: its run, if it is known. It is watched, not launched again. */
  resume?: { run: LaunchedRun | null };
};

export type RunnerContext = Omit<RunnerInput, 'resume'> & {
  /** Where the runner began; `new` too once it is known that there was no run. */
  origin: 'new' | 'known' | 'unknown';
  prepared: PreparedRun | null;
  handle: RunHandle | null;
  /** Where its engine has put it, and since when its limits count; null while it waits there. */
  place: Placement | null;
  exit: Exit | null;
  stopReason: StopReason | null;
  /** Why it could not be launched when that was last tried, by no fault of its job; null when it could, or was not tried. */
  fault: string | null;
  outcome: Outcome | null;
};

type Bound = { runs: Runs; job: RunJob };

/** The parts of the runner chart: what its names stand for. The chart itself is in `runner.ts`. */
export const runnerSetup = setup({
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
    follow: fromCallback<RunnerEvent, Bound & { prepared: PreparedRun }>(({ input, sendBack }) =>
      input.runs.follow(input.job, input.prepared, sendBack),
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
    notePlace: assign(({ context }, { node }: { node: string }) => ({
      place: node === '' ? null : isElsewhere(context, node) ? { node, at: context.now() } : context.place,
    })),
    notePrepared: assign((_, params: PreparedRun) => ({ prepared: params })),
    noteHandle: assign((_, params: RunHandle) => ({ handle: params })),
    noteExit: assign((_, params: Exit) => ({ exit: params })),
    // The first one stands, as it does once the run is being stopped.
    noteStopReason: assign(({ context }, params: StopReason) => ({ stopReason: context.stopReason ?? params })),
    noteOutcome: assign((_, params: Outcome) => ({ outcome: params })),
    noteNone: assign({ origin: 'new' }),
    noteFault: assign(({ context: { stopReason } }, params: { error: unknown }) => ({
      fault: reasonOf(params.error),
      stopReason: stopReason?.kind === 'interrupted' ? null : stopReason,
    })),
    noteWithdrawal: assign(({ context: { stopReason } }) => ({
      outcome: stopReason && { status: 'failed' as const, ...stopReason, log: '', tail: [] },
    })),
    noteLaunchFailure: assign((_, params: { error: unknown }) => ({
      outcome: { status: 'failed' as const, kind: 'launch' as const, reason: reasonOf(params.error) },
    })),
    noteLoss: assign((_, params: { error: unknown }) => ({
      outcome: { status: 'failed' as const, kind: 'lost' as const, reason: reasonOf(params.error) },
    })),
    armTimeout: enqueueActions(({ context, enqueue }) => {
      const { limits, now } = context;
      if (limits.timeout === null) return;
      enqueue.cancel('timeout');
      const since = isPlacedByHandle(context) ? limits.timeout.since : context.place?.at;
      if (since === undefined) return;
      const delay = Math.max(0, since + limits.timeout.seconds * 1_000 - now());
      enqueue.raise({ type: 'run.timedOut' }, { id: 'timeout', delay });
    }),
    armStall: enqueueActions(({ context, enqueue }) => {
      const { stall } = context.limits;
      if (stall === null) return;
      enqueue.cancel('stall');
      // What waits in an engine is silent, and does not hang.
      if (isPlacedByHandle(context) || context.place !== null)
        enqueue.raise({ type: 'run.stalled' }, { id: 'stall', delay: stall * 1_000 });
    }),
    noteTimeout: assign(({ context: { limits } }) => ({
      stopReason: { kind: 'timedOut' as const, seconds: limits.timeout?.seconds ?? 0 },
    })),
    noteStall: assign(({ context: { limits } }) => ({
      stopReason: { kind: 'stalled' as const, seconds: limits.stall ?? 0 },
    })),
    reportLaunched: sendParent(
      ({ context }): RunnerFact => ({
        type: 'runner.launched',
        jobId: context.job.jobId,
        run: { prepared: preparedRun(context), handle: watched(context).handle },
      }),
    ),
    reportHeld: sendParent(
      ({ context: { job, fault } }): RunnerFact => ({
        type: 'runner.held',
        jobId: job.jobId,
        reason: fault ?? 'it could not be launched',
      }),
    ),
    reportProgress: sendParent(
      ({ context }, params: Progress): RunnerFact => ({
        type: 'runner.progress',
        jobId: context.job.jobId,
        progress: params,
      }),
    ),
    reportPlaced: sendParent(
      ({ context }, { node, state }: { node: string; state: string }): RunnerFact => ({
        type: 'runner.placed',
        jobId: context.job.jobId,
        node,
        state,
        isMoved: isElsewhere(context, node),
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
    isUnavailable: (_, { error }: { error: unknown }) => error instanceof UnavailableError,
    isWithdrawnPrepared: ({ context }) => isWithdrawn(context) && context.prepared !== null,
    isWithdrawn: ({ context }) => isWithdrawn(context),
    isWithdrawal: (_, { kind }: StopReason) => kind !== 'interrupted',
  },
  delays: {
    grace: ({ context }) => context.grace,
    again: 1_000,
  },
});

export function bound({ runs, job }: RunnerContext): Bound {
  return { runs, job };
}

/** The prepared run. @throws in a state that comes before it: the chart would be wrong. */
export function preparedRun({ prepared }: RunnerContext): PreparedRun {
  if (prepared === null) throw new Error('the run is not prepared');
  return prepared;
}

/** The launched run. @throws in a state that comes before it: the chart would be wrong. */
export function watched({ runs, handle }: RunnerContext): { runs: Runs; handle: RunHandle } {
  if (handle === null) throw new Error('the run is not launched');
  return { runs, handle };
}

/** Whether a run that was told to be on a node is not known to be there yet. */
function isElsewhere({ handle, place }: RunnerContext, node: string): boolean {
  return node !== '' && node !== (place?.node ?? handle?.['node']);
}

/** A handle that says the node is of a run that began when it was launched: no engine let it wait. */
function isPlacedByHandle({ handle }: RunnerContext): boolean {
  return typeof handle?.['node'] === 'string';
}

/** Whether the end was asked for of a run of which it is known that nothing runs. */
function isWithdrawn({ origin, stopReason }: RunnerContext): boolean {
  return origin !== 'unknown' && stopReason !== null;
}

export function settledOutcome({ outcome }: RunnerContext): Outcome {
  return outcome ?? { status: 'failed', kind: 'lost', reason: 'the runner settled without an outcome' };
}
