import { assign, enqueueActions, fromCallback, fromPromise, sendParent, setup } from 'xstate';
import type { Clock } from '../../clock.ts';
import { errorMessage } from '../../errors.ts';
import type { Outcome } from '../../schemas/job/outcome.ts';
import type { LaunchedRun, Placement, PreparedRun, Progress, RunHandle } from '../../schemas/job/run.ts';
import {
  type Exit,
  type RunExecutor,
  type RunJob,
  type RunReport,
  type RunSign,
  type StopMethod,
  type StopReason,
  UnavailableError,
} from '../ports/runner.ts';

export type RunnerEvent =
  | { type: 'runner.stop'; reason: StopReason }
  | { type: 'runner.withdraw' }
  | { type: 'runner.retry' }
  | { type: 'run.timedOut' }
  | { type: 'run.stalled' }
  | { type: 'run.hung' }
  | RunSign
  | RunReport;

/** What a runner tells the scheduler. */
export type RunnerFact =
  | { type: 'runner.launched'; jobId: string; run: LaunchedRun }
  /** It could not be launched, by no fault of its job, and waits for `runner.retry`. */
  | { type: 'runner.unlaunched'; jobId: string; reason: string }
  | { type: 'runner.progress'; jobId: string; progress: Progress }
  /** `isMoved`: the node is another one than was reported before, or the first. */
  | { type: 'runner.placed'; jobId: string; node: string; state: string; id?: string; isMoved: boolean }
  /** Nothing of its run has begun or ever will: its job is without one. */
  | { type: 'runner.withdrawn'; jobId: string }
  | { type: 'runner.settled'; jobId: string; outcome: Outcome };

/** How long a run may take; null: any time. */
export type RunLimits = {
  /** Seconds it has, and since when in the journal's own time: absolute, so that it holds across restarts. */
  timeout: { since: number; seconds: number } | null;
  /** Seconds without output. */
  stall: number | null;
  /** Seconds without output after its results are there: then it has nothing more to do. */
  linger: number | null;
};

export type RunnerInput = Clock & {
  job: RunJob;
  runs: RunExecutor;
  /** Milliseconds between asking the run to end and killing it. */
  grace: number;
  limits: RunLimits;
  /**
   * The job ran when the server ended, maybe by a crash: its run, if it is known, and why it was asked to end, if it was. It
   * is watched, not launched again.
   */
  resume?: { run: LaunchedRun | null; stopReason?: StopReason | null };
};

export type RunnerContext = Omit<RunnerInput, 'resume'> & {
  /** Where the runner began; `new` too once it is known that there was no run. */
  origin: 'new' | 'known' | 'unknown';
  prepared: PreparedRun | null;
  handle: RunHandle | null;
  /** Where its engine has put it, and since when its limits count; null while it waits there. */
  place: Placement | null;
  /** Whether it could not be launched when its job was started: its limits count from its launch. */
  isLate: boolean;
  /** Whether the results of all its tasks are there. */
  isSaved: boolean;
  exit: Exit | null;
  stopReason: StopReason | null;
  /** The server ends: what has not begun is to be taken back. */
  isWithdrawing: boolean;
  /** Why it could not be launched when that was last tried, by no fault of its job; null when it could, or was not tried. */
  fault: string | null;
  outcome: Outcome | null;
};

type Bound = { runs: RunExecutor; job: RunJob };

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
    watch: fromCallback<RunnerEvent, { runs: RunExecutor; handle: RunHandle }>(({ input, sendBack }) =>
      input.runs.watch(input.handle, sendBack),
    ),
    follow: fromCallback<RunnerEvent, Bound & { prepared: PreparedRun; handle: RunHandle }>(({ input, sendBack }) =>
      input.runs.follow(input.job, input.prepared, sendBack, input.handle),
    ),
    stop: fromPromise<void, { runs: RunExecutor; handle: RunHandle; how: StopMethod }>(({ input }) =>
      input.runs.stop(input.handle, input.how),
    ),
    withdraw: fromPromise<boolean, { runs: RunExecutor; handle: RunHandle }>(({ input }) =>
      input.runs.withdraw(input.handle),
    ),
    collect: fromPromise<Outcome, Bound & { prepared: PreparedRun; exit: Exit; stopReason: StopReason | null }>(
      ({ input }) => input.runs.collect(input.job, input.prepared, input.exit, input.stopReason),
    ),
  },
  actions: {
    noteFound: assign((_, { run }: { run: LaunchedRun | null }) => run ?? {}),
    notePlace: assign(({ context }, { node }: { node: string }) => ({
      place:
        node === ''
          ? null
          : isElsewhere(context, node)
            ? { node, at: context.now(), monotonic: context.monotonic() }
            : context.place,
    })),
    notePrepared: assign((_, params: PreparedRun) => ({ prepared: params })),
    noteHandle: assign(({ context }, params: RunHandle) => ({ handle: params, ...latePlacement(context, params) })),
    noteExit: assign((_, params: Exit) => ({ exit: params })),
    // The first one stands, as it does once the run is being stopped.
    noteStopReason: assign(({ context }, params: StopReason) => ({ stopReason: context.stopReason ?? params })),
    noteWithdrawal: assign({ isWithdrawing: true }),
    noteInterruption: assign(({ context }) => ({ stopReason: context.stopReason ?? { kind: 'interrupted' as const } })),
    noteOutcome: assign((_, params: Outcome) => ({ outcome: params })),
    noteNone: assign({ origin: 'new', isLate: true }),
    noteFault: assign((_, params: { error: unknown }) => ({ fault: errorMessage(params.error), isLate: true })),
    noteStopped: assign(({ context: { stopReason } }) => ({
      // What was not launched cannot hang.
      outcome:
        stopReason === null || stopReason.kind === 'hung'
          ? null
          : { status: 'failed' as const, ...stopReason, log: '', tail: [] },
    })),
    noteLaunchFailure: assign((_, params: { error: unknown }) => ({
      outcome: { status: 'failed' as const, kind: 'launch' as const, reason: errorMessage(params.error) },
    })),
    noteLoss: assign((_, params: { error: unknown }) => ({
      outcome: { status: 'failed' as const, kind: 'lost' as const, reason: errorMessage(params.error) },
    })),
    armTimeout: enqueueActions(({ context, enqueue }) => {
      const { limits, place, monotonic } = context;
      if (limits.timeout === null) return;
      enqueue.cancel('timeout');
      if (place === null && !isPlacedByHandle(context)) return;
      // Of a place that an earlier version noted it is not known how long ago that was.
      const since = place === null ? limits.timeout.since : (place.monotonic ?? monotonic());
      const delay = Math.max(0, since + limits.timeout.seconds * 1_000 - monotonic());
      enqueue.raise({ type: 'run.timedOut' }, { id: 'timeout', delay });
    }),
    armStall: enqueueActions(({ context, enqueue }) => {
      const { stall, linger } = context.limits;
      if (stall === null) return;
      enqueue.cancel('stall');
      // Once its results are there it has another time for its silence, and does not fail for it.
      if (context.isSaved && linger !== null) return;
      // What waits in an engine is silent, and does not hang.
      if (isPlacedByHandle(context) || context.place !== null)
        enqueue.raise({ type: 'run.stalled' }, { id: 'stall', delay: stall * 1_000 });
    }),
    armLinger: enqueueActions(({ context: { isSaved, limits }, enqueue }) => {
      if (!isSaved || limits.linger === null) return;
      enqueue.cancel('linger');
      enqueue.raise({ type: 'run.hung' }, { id: 'linger', delay: limits.linger * 1_000 });
    }),
    noteSaved: assign({ isSaved: true }),
    noteTimeout: assign(({ context: { limits } }) => ({
      stopReason: { kind: 'timedOut' as const, seconds: limits.timeout?.seconds ?? 0 },
    })),
    noteStall: assign(({ context: { limits } }) => ({
      stopReason: { kind: 'stalled' as const, seconds: limits.stall ?? 0 },
    })),
    noteHang: assign(({ context: { limits } }) => ({
      stopReason: { kind: 'hung' as const, seconds: limits.linger ?? 0 },
    })),
    reportLaunched: sendParent(
      ({ context }): RunnerFact => ({
        type: 'runner.launched',
        jobId: context.job.jobId,
        run: {
          prepared: preparedRun(context),
          handle: watched(context).handle,
          ...(context.place !== null && { place: context.place }),
        },
      }),
    ),
    reportWithdrawn: sendParent(({ context }): RunnerFact => ({ type: 'runner.withdrawn', jobId: context.job.jobId })),
    reportUnlaunched: sendParent(
      ({ context: { job, fault } }): RunnerFact => ({
        type: 'runner.unlaunched',
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
      ({ context }, { node, state, id }: { node: string; state: string; id?: string }): RunnerFact => ({
        type: 'runner.placed',
        jobId: context.job.jobId,
        node,
        state,
        ...(id !== undefined && { id }),
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
    isKnownAndStopRequested: ({ context }) => context.origin === 'known' && context.stopReason !== null,
    isUnknownRun: ({ context }) => context.origin === 'unknown',
    isFound: (_, { run }: { run: LaunchedRun | null }) => run !== null,
    isFoundAndStopRequested: ({ context }, { run }: { run: LaunchedRun | null }) =>
      run !== null && context.stopReason !== null,
    isFoundAndWithdrawn: ({ context }, { run }: { run: LaunchedRun | null }) => run !== null && context.isWithdrawing,
    // A stop that was asked for counts for more.
    isWithdrawn: ({ context }) => context.isWithdrawing && context.stopReason === null,
    isTakenBack: (_, { isOurs }: { isOurs: boolean }) => isOurs,
    isStopRequested: ({ context }) => context.stopReason !== null,
    isUnavailable: (_, { error }: { error: unknown }) => error instanceof UnavailableError,
    isWithdrawing: ({ context }) => context.isWithdrawing,
    isStoppedPrepared: ({ context }) => isStoppedUnlaunched(context) && context.prepared !== null,
    isStoppedUnlaunched: ({ context }) => isStoppedUnlaunched(context),
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
export function watched({ runs, handle }: RunnerContext): { runs: RunExecutor; handle: RunHandle } {
  if (handle === null) throw new Error('the run is not launched');
  return { runs, handle };
}

/** Whether a run that was reported to be on a node is not known to be there yet. */
function isElsewhere({ handle, place }: RunnerContext, node: string): boolean {
  return node !== '' && node !== (place?.node ?? handle?.['node']);
}

/** A handle that says the node is of a run that began when it was launched: no engine let it wait. */
function isPlacedByHandle({ handle }: RunnerContext): boolean {
  return typeof handle?.['node'] === 'string';
}

/** Where a run is that was launched long after its job was started, by a handle that says so: its time begins now. */
function latePlacement({ isLate, now, monotonic }: RunnerContext, { node }: RunHandle): Partial<RunnerContext> {
  if (!isLate || typeof node !== 'string') return {};
  return { place: { node, at: now(), monotonic: monotonic() } };
}

/** Whether the end was asked for of a run of which it is known that nothing runs. */
function isStoppedUnlaunched({ origin, stopReason }: RunnerContext): boolean {
  return origin !== 'unknown' && stopReason !== null;
}

export function settledOutcome({ outcome }: RunnerContext): Outcome {
  return outcome ?? { status: 'failed', kind: 'lost', reason: 'the runner settled without an outcome' };
}
