import { assign, enqueueActions, fromCallback, fromPromise, sendParent, setup } from 'xstate';
import { errorMessage } from '../../errors.ts';
import type { Outcome } from '../../schemas/job/outcome.ts';
import type { LaunchedRun, PreparedRun, Progress, RunHandle } from '../../schemas/job/run.ts';
import { type Exit, type RunExecutor, type StopMethod, type StopReason, UnavailableError } from '../ports/runner.ts';
import { failedAttempt, failedAttempts, isBetweenAttempts, isToBeRetried, untilNextAttempt } from './attempts.ts';
import { isWhole } from './parts.ts';
import {
  type Bound,
  concludedPart,
  endingOf,
  foundRun,
  isElsewhere,
  isMoreToRun,
  isPlacedByHandle,
  isStoppedUnlaunched,
  latePlacement,
  mayGoOn,
  nothingBegun,
  preparedRun,
  type RunnerContext,
  type RunnerEvent,
  type RunnerFact,
  type RunnerInput,
  settledOutcome,
  takenBefore,
  watched,
} from './runnerContext.ts';

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
    noteFound: assign(({ context }, { run }: { run: LaunchedRun | null }) =>
      run === null ? {} : foundRun(context, run),
    ),
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
    // The first one stands, here too.
    noteEnding: assign(({ context }, params: StopReason) =>
      endingOf(context) === null ? { ending: params } : { ending: context.ending },
    ),
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
      const since = place === null ? limits.timeout.since : (place.monotonic ?? monotonic()) - takenBefore(context);
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
          ...(context.ended !== null && { part: context.ended.length + 1 }),
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
    concludePart: enqueueActions(({ context, enqueue }) => {
      const { ended, job } = context;
      const part = concludedPart(context);
      if (ended === null || part === null) return;
      enqueue.assign({ ended: [...ended, part] });
      enqueue.sendParent({ type: 'runner.taskCompleted', jobId: job.jobId, part } satisfies RunnerFact);
    }),
    // What of the next one an earlier server may have launched is looked for: those of before 0.3 did not wait for the record.
    endAttempt: enqueueActions(({ context, enqueue }) => {
      const { attempts, isResumed, job } = context;
      const attempt = failedAttempt(context);
      enqueue.assign({
        ...nothingBegun,
        attempts: [...attempts, attempt],
        origin: isResumed ? 'unknown' : 'new',
        isLate: true,
      });
      enqueue.sendParent({ type: 'runner.attemptFailed', jobId: job.jobId, attempt } satisfies RunnerFact);
    }),
    // What of it an earlier server may have launched is looked for, here too.
    beginPart: assign(({ context: { isResumed } }) => ({
      ...nothingBegun,
      origin: isResumed ? ('unknown' as const) : ('new' as const),
      isLate: true,
      stopReason: null,
    })),
    reportSettled: sendParent(
      ({ context }): RunnerFact => ({
        type: 'runner.settled',
        jobId: context.job.jobId,
        outcome: settledOutcome(context),
      }),
    ),
  },
  guards: {
    isWhole: ({ context: { ended, job } }) => ended !== null && isWhole(job.request.tasks, ended),
    mayGoOn: ({ context }) => mayGoOn(context),
    isBetweenAttempts: ({ context }) => isBetweenAttempts(context),
    isToBeRetried: ({ context }) => isToBeRetried(context),
    isNext: ({ context }) => isMoreToRun(context),
    isTriedAgain: ({ context }) => failedAttempts(context).length > 0,
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
    untilNextAttempt: ({ context }) => untilNextAttempt(context),
  },
});
