import { and, assign, enqueueActions, fromPromise, not, sendTo, setup, stateIn } from 'xstate';
import type { NewJob } from '../../schemas/job/job.ts';
import type { Progress } from '../../schemas/job/run.ts';
import type { JobEvent, LivePlacement } from '../job/job.ts';
import { isInto, isOutOf } from '../job/jobSteps.ts';
import type { Transition } from '../ports/journal.ts';
import type { RunExecutor } from '../ports/runner.ts';
import { runnerMachine } from '../runner/runner.ts';
import {
  applyTransition,
  type Books,
  devicesAfterDecision,
  isExclusive,
  performTransition,
  replyOf,
  takeBack,
  writtenOff,
} from './applyTransition.ts';
import { changeOf } from './changesInFlight.ts';
import type { Decision } from './decisions.ts';
import { diskWatch } from './diskWatch.ts';
import { heldAfter, heldAfterLook, seenCheckpoints } from './heldJobs.ts';
import type { AwaitedCheckpoint } from './holds.ts';
import { journalWriter, type SavedReply } from './journalWriter.ts';
import { nextToStart } from './nextToStart.ts';
import {
  cancelRefusal,
  closed,
  repeated,
  reprioritiseRefusal,
  stopRefusal,
  unwritable,
  unwrittenStop,
} from './refusals.ts';
import { askToStop, runnerId, runnerInput } from './runnerChild.ts';
import { recordedEnds, stopsToSend } from './runnerNews.ts';
import {
  checkpointsToSee,
  expectAllowed,
  isAllowed,
  isKeyInFlight,
  knownJob,
  nextDoomed,
  type SchedulerContext,
  type SchedulerInput,
  statusOf,
} from './schedulerContext.ts';
import type { Reply, SchedulerCommand, SchedulerEvent, SubmitCommand } from './schedulerEvents.ts';
import { freeSlots, roomAtEngine, workUnderWay } from './startable.ts';
import { withStop, withUnwritten } from './stopRequests.ts';
import { fullRefusal } from './waitingBytes.ts';

type Asked = { jobId: string; reply: Reply };

/** The parts of the scheduler chart: what its names stand for. The chart itself is in `scheduler.ts`. */
export const schedulerSetup = setup({
  types: {
    context: {} as SchedulerContext,
    events: {} as SchedulerEvent,
    input: {} as SchedulerInput,
  },
  actors: {
    journalWriter,
    diskWatch,
    runner: runnerMachine,
    probe: fromPromise<void, { runs: RunExecutor }>(({ input }) => input.runs.probe()),
    lookForCheckpoints: fromPromise<
      string[],
      { runs: RunExecutor; awaited: readonly AwaitedCheckpoint[]; now: number }
    >(({ input: { awaited, runs, now } }) => seenCheckpoints(awaited, runs, now)),
  },
  actions: {
    append: enqueueActions(({ context, enqueue }, decision: Decision | null) => {
      if (decision === null) return;
      const { transition, rest = [], share, passed, reply = null } = decision;
      expectAllowed(context, transition);
      enqueue.assign({
        inFlight: context.inFlight.with(transition.jobId, changeOf(transition, reply)),
        devices: devicesAfterDecision(context.devices, transition),
        ...(share && { waitingBytes: context.waitingBytes.with(transition.jobId, share) }),
        ...(passed && { passed }),
      });
      enqueue.sendTo('journal', {
        type: 'journal.append',
        transitions: [transition, ...rest],
        ...(share && { bytes: share.bytes }),
      });
    }),
    appendFact: enqueueActions(({ context, enqueue }, transition: Transition) => {
      expectAllowed(context, transition);
      if (isExclusive(transition)) {
        enqueue.assign({ inFlight: context.inFlight.with(transition.jobId, changeOf(transition, null)) });
      }
      if (context.journalFault !== null) enqueue.assign({ unwritten: [...context.unwritten, transition] });
      else enqueue.sendTo('journal', { type: 'journal.append', transitions: [transition] });
    }),
    applyCommitted: enqueueActions(({ context, enqueue }, { transitions }: { transitions: readonly Transition[] }) => {
      const { runs, monotonic } = context;
      let books: Books = context;
      for (const transition of transitions) {
        const { jobId, type } = transition;
        const reply = replyOf(books, transition);
        books = applyTransition(books, transition);
        const statusOfJob = (id: string) => statusOf({ ...context, ...books }, id);
        books = { ...books, ...heldAfter(books, transition, { runs, monotonic, statusOf: statusOfJob }) };
        const position = books.queue.position(jobId);
        enqueue(() => {
          performTransition(context, transition);
          reply?.({ accepted: true, jobId, position, repeated: false });
        });
        if (transition.imported) continue;
        if (isInto('running', type)) {
          enqueue.spawnChild('runner', { id: runnerId(jobId), input: ({ context }) => runnerInput(context, jobId) });
        }
        if (isOutOf('running', type)) enqueue.stopChild(runnerId(jobId));
      }
      enqueue.assign(books);
    }),
    takeBack: enqueueActions(({ context, enqueue }, params: { transitions: readonly Transition[]; reason: string }) => {
      const { replies, ...books } = takeBack(context, params.transitions);
      enqueue.assign({ ...books, journalFault: params.reason });
      for (const reply of replies) enqueue(() => reply(unwritable(params.reason)));
    }),
    // Asked once they are on disk; asked again, a runner goes on.
    stopRunners: enqueueActions(({ context, enqueue }, { transitions }: { transitions: readonly Transition[] }) => {
      for (const stop of stopsToSend(context, transitions)) enqueue.sendTo(runnerId(stop.jobId), askToStop(stop));
    }),
    // Another run begins only then, and none where a request to stop came first.
    tellRecorded: enqueueActions(({ context, enqueue }, { transitions }: { transitions: readonly Transition[] }) => {
      for (const { jobId } of recordedEnds(context, transitions))
        enqueue.sendTo(runnerId(jobId), { type: 'runner.recorded' });
    }),
    answerUnwrittenStops: enqueueActions(
      ({ context, enqueue }, { transitions }: { transitions: readonly Transition[] }) => {
        const jobIds = transitions.flatMap(({ type, jobId }) => (type === 'stopRequested' ? [jobId] : []));
        for (const jobId of jobIds) enqueue(() => context.stops.get(jobId)?.reply?.(unwrittenStop(context, jobId)));
        enqueue.assign({ stops: withUnwritten(context.stops, jobIds) });
      },
    ),
    writeOff: assign(({ context }, { transitions }: { transitions: readonly Transition[] }) =>
      writtenOff(context, transitions),
    ),
    appendUnwritten: enqueueActions(({ context: { unwritten, catchingUp, journalFault }, enqueue }) => {
      if (journalFault === null || catchingUp) return;
      enqueue.assign(unwritten.length === 0 ? { journalFault: null } : { catchingUp: true });
      if (unwritten.length > 0) enqueue.sendTo('journal', { type: 'journal.append', transitions: unwritten });
    }),
    tellFault: ({ context }) =>
      context.onProblem(
        `the journal cannot be written: ${context.journalFault}; nothing is taken or started until it can`,
      ),
    tellRecovery: ({ context }) => context.onProblem('the journal can be written again'),
    giveUp: (_, { reason }: { reason: string }) => {
      // What is in memory and what is on disk contradict each other: only a start from the disk can mend that.
      throw new Error(reason);
    },
    defer: assign(({ context }, command: SchedulerCommand) => ({ deferred: [...context.deferred, command] })),
    retryDeferred: enqueueActions(({ context, enqueue }) => {
      for (const command of context.deferred) enqueue.raise(command);
      enqueue.assign({ deferred: [] });
    }),
    answerRepeated: ({ context }, { job, reply }: { job: NewJob; reply: Reply }) => reply(repeated(context, job)),
    refuseFull: ({ context }, submission: SubmitCommand) => {
      const refusal = fullRefusal(context, submission);
      if (refusal !== null) submission.reply(refusal);
    },
    refuseClosed: (_, { reply }: { reply: Reply }) => reply(closed),
    refuseCancel: ({ context }, { jobId, reply }: Asked) => reply(cancelRefusal(context, jobId)),
    refuseReprioritise: ({ context }, { jobId, reply }: Asked) => reply(reprioritiseRefusal(context, jobId)),
    refuseStop: ({ context }, { jobId, reply }: Asked) => reply(stopRefusal(context, jobId)),
    accept: (_, { jobId, reply }: Asked) => reply({ accepted: true, jobId, position: null, repeated: false }),
    savePause: enqueueActions(({ context, enqueue }, params: { isPaused: boolean; reply: SavedReply }) => {
      enqueue.assign({ saving: context.saving + 1 });
      enqueue.sendTo('journal', { type: 'journal.save', ...params });
    }),
    notePause: enqueueActions(({ context, enqueue }, { type, reply }: { type: string; reply: SavedReply }) => {
      enqueue.assign({ paused: type === 'queue.paused', saving: context.saving - 1 });
      enqueue(() => reply(null));
    }),
    refusePause: enqueueActions(({ context, enqueue }, { reason, reply }: { reason: string; reply: SavedReply }) => {
      enqueue.assign({ saving: context.saving - 1 });
      enqueue(() => reply(reason));
    }),
    noteUnlaunched: assign(
      ({ context: { unlaunched, trying } }, { jobId, reason }: { jobId: string; reason: string }) => ({
        unlaunched: [...unlaunched.filter((id) => id !== jobId), jobId],
        trying: trying === jobId ? null : trying,
        blockedBy: reason,
      }),
    ),
    // That one run could be launched says that others can.
    noteLaunch: assign(({ context }, { jobId }: { jobId: string }) => ({
      unlaunched: context.unlaunched.filter((id) => id !== jobId),
      ...(context.trying === jobId && { trying: null, blockedBy: null, looks: 0 }),
      ...(context.blockedBy === null && { looks: 0 }),
    })),
    // Its own fault, or its end was asked for: nothing is known of the others.
    noteLeft: assign(({ context: { unlaunched, trying } }, { jobId }: { jobId: string }) => ({
      unlaunched: unlaunched.filter((id) => id !== jobId),
      trying: trying === jobId ? null : trying,
    })),
    noteFault: assign((_, { reason }: { reason: string }) => ({ blockedBy: reason })),
    noteLook: assign(({ context }) => ({ looks: context.looks + 1 })),
    noteNoFault: assign({ blockedBy: null }),
    tellBlocked: ({ context }) =>
      context.onProblem(`nothing is started: ${context.blockedBy}; what waits is kept, and this is tried again`),
    tellUnblocked: ({ context }) => context.onProblem('runs can be started again'),
    retryFirst: enqueueActions(({ context: { unlaunched }, enqueue }) => {
      const [first] = unlaunched;
      if (first === undefined) return;
      enqueue.assign({ trying: first });
      enqueue.sendTo(runnerId(first), { type: 'runner.retry' });
    }),
    retryUnlaunched: enqueueActions(({ context: { unlaunched }, enqueue }) => {
      for (const jobId of unlaunched) enqueue.sendTo(runnerId(jobId), { type: 'runner.retry' });
      enqueue.assign({ unlaunched: [] });
    }),
    noteSeen: assign(({ context }, { jobIds }: { jobIds: readonly string[] }) => ({
      ...heldAfterLook(context, jobIds),
      // Those that were seen are gone from the list in which the next look begins.
      checkpointsSeen: Math.max(0, context.checkpointsSeen + checkpointsToSee(context).length - jobIds.length),
    })),
    noteStop: assign(({ context }, { jobId, reply }: { jobId: string; reply: Reply | null }) => ({
      stops: withStop(context.stops, jobId, { isWritten: false, reply }),
    })),
    stopRunner: sendTo(
      (_, { jobId }: { jobId: string; who: string | null }) => runnerId(jobId),
      (_, asked) => askToStop(asked),
    ),
    refuseUnwrittenStop: ({ context }, { jobId, reply }: Asked) => reply(unwrittenStop(context, jobId)),
    resumeRuns: enqueueActions(({ context, enqueue }) => {
      for (const jobId of context.running) {
        enqueue.spawnChild('runner', { id: runnerId(jobId), input: runnerInput(context, jobId, true) });
      }
    }),
    withdrawRunners: enqueueActions(({ context, enqueue }) => {
      for (const jobId of context.running.filter((jobId) => !context.withdrawn.includes(jobId)))
        enqueue.sendTo(runnerId(jobId), { type: 'runner.withdraw' });
    }),
    noteProgress: ({ context }, { jobId, progress }: { jobId: string; progress: Progress }) =>
      context.registry.send(jobId, { type: 'job.progress', progress }),
    notePlace: ({ context }, { jobId, node, state, id }: { jobId: string } & LivePlacement) =>
      context.registry.send(jobId, { type: 'job.progress', place: { node, state, ...(id !== undefined && { id }) } }),
    restoreJobs: ({ context }, { most, reply }: { most: number; reply: (isMore: boolean) => void }) =>
      reply(context.registry.bringBack(most)),
    forget: ({ context }, { jobIds }: { jobIds: readonly string[] }) => context.registry.forget(jobIds),
    prune: ({ context }, { keep, reply }: { keep: number; reply: (removed: number) => void }) =>
      reply(context.registry.prune(keep)),
    probeJournal: enqueueActions(({ context, enqueue }) => {
      if (context.journalFault !== null) enqueue.sendTo('journal', { type: 'journal.probe' });
    }),
  },
  guards: {
    isKeyInFlight: ({ context }, { job }: { job: NewJob }) => isKeyInFlight(context, job),
    isRepeated: ({ context }, { job }: { job: NewJob }) => knownJob(context, job) !== undefined,
    isFull: ({ context }, submission: SubmitCommand) => fullRefusal(context, submission) !== null,
    isInFlight: ({ context }, { jobId }: { jobId: string }) => context.inFlight.has(jobId),
    isUnsettled: ({ context }, { jobId }: { jobId: string }) =>
      context.running.includes(jobId) && !context.inFlight.has(jobId),
    isWritable: ({ context }) => context.journalFault === null,
    isAllowed: ({ context }, { jobId, event }: { jobId: string; event: JobEvent }) => isAllowed(context, jobId, event),
    isWithdrawn: ({ context }, { jobId }: { jobId: string }) =>
      context.withdrawn.includes(jobId) && !context.inFlight.has(jobId),
    isRunning: ({ context }, { jobId }: { jobId: string }) => context.running.includes(jobId),
    // No client waits for it: it will be written when that is possible again.
    isStopUnwritten: ({ context }, { jobId }: { jobId: string }) => {
      const stop = context.stops.get(jobId);
      return stop !== undefined && !stop.isWritten && stop.reply === null;
    },
    isStopUnderWay: ({ context }, { jobId }: { jobId: string }) =>
      context.inFlight.has(jobId) || (context.stops.get(jobId)?.reply ?? null) !== null,
    isStopRequested: ({ context }, { jobId }: { jobId: string }) => context.stops.has(jobId),
    isRunningUnwritable: ({ context }, { jobId }: { jobId: string }) =>
      context.running.includes(jobId) && context.journalFault !== null,
    isMoved: ({ context }, { jobId, isMoved }: { jobId: string; isMoved: boolean }) =>
      isMoved && context.running.includes(jobId),
    canStart: and([
      stateIn({ intake: 'open' }),
      ({ context }) => freeSlots(context) > 0 && roomAtEngine(context) && nextToStart(context) !== undefined,
    ]),
    isCheckpointAwaited: ({ context }) => context.holds.checkpoints > 0,
    isNoCheckpointAwaited: ({ context }) => context.holds.checkpoints === 0,
    isSomeDoomed: ({ context }) => nextDoomed(context) !== undefined,
    isStopping: stateIn({ intake: { closed: 'stopping' } }),
    isLeaving: (_, { runs }: { runs: 'stop' | 'leave' }) => runs === 'leave',
    isPaused: ({ context }) => context.paused,
    isBlocked: ({ context }) => context.blockedBy !== null,
    isUnhindered: ({ context }) => context.blockedBy === null,
    isUnblocked: and([not(stateIn({ intake: { closed: 'stopping' } })), ({ context }) => context.blockedBy === null]),
    isSomeUnlaunched: ({ context }) => context.unlaunched.length > 0,
    isTryOver: ({ context }) => context.trying === null,
    somethingRuns: ({ context }) => workUnderWay(context) > 0,
    nothingRuns: ({ context }) => workUnderWay(context) === 0,
  },
  delays: {
    probe: 1_000,
    checkpointLook: 2_000,
    backOff: ({ context }) => Math.min(1_000 * 2 ** context.looks, 60_000),
  },
});
