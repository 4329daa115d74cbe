import { brokenOf, endOf, momentOf, placementOf } from './decisions.ts';
import { dispatchRegion } from './dispatchRegion.ts';
import { intakeRegion } from './intakeRegion.ts';
import { readinessRegion } from './readinessRegion.ts';
import { jobOf } from './runnerChild.ts';
import { initialContext } from './schedulerContext.ts';
import { schedulerSetup } from './schedulerSetup.ts';
import { stopOf } from './stopRequests.ts';

/**
 * Owns the queue and the jobs, and is the only one that changes them.
 *
 * `intake` takes submissions and cancellations while it is `open`. It is `closed` while the journal cannot be written
 * (it asks the journal from time to time, and opens again by itself) and from a shutdown on. `dispatch` starts the head
 * of the queue whenever a slot is free and intake is open: `idle` nothing runs, `busy` something does, `paused` nothing
 * more is started and what runs goes on, `blocked` the same, because a run could not be launched by a fault of the server or of
 * its engine, which would fail every other job as well.
 *
 * While it is blocked the jobs that met the fault are unlaunched: they are `running`, keep what is theirs, and wait, until what
 * is asked from time to time says that a run can be launched (`blockedDispatch.ts`). A pause that comes meanwhile holds afterwards; a
 * resume has it tried at once. That a disk has no room for another run is reported also while nothing starts (`disk.filled`), and blocks.
 *
 * `readiness` looks for the checkpoints that jobs wait for. Such a job, and one that comes after other jobs, keeps its position and is
 * passed over until nothing holds it. One that was to come after the completion of a job which did not complete is cancelled.
 *
 * Of the others the first of its pool is started, or one that ends before the first can start (`backfill.ts`), or none: a job that waits for devices
 * might else wait for ever.
 *
 * Every change of a job goes the same way: decided here, sent to the journal, and applied when the journal says that it
 * is on disk (`journal.committed`). Between the two the change is in flight: a second command for the same job waits
 * for it. A submission or a cancellation that cannot be written changes nothing and is refused. What happened to a run
 * has happened: it is kept until it can be written. A run that has ended has left its slot, so that the next start is
 * decided with its end and written with it, behind it.
 *
 * A request to end a run changes no state, so that the run may end while it is written. When it is on disk the runner is
 * asked, and the request accepted: a server that starts after a crash goes on stopping. While the journal cannot be written
 * the runner is asked at once, for runs cost; the request is kept until it can be written, and the answer says that it is
 * not on disk yet.
 */
export const schedulerMachine = schedulerSetup.createMachine({
  id: 'scheduler',
  description: 'Owns the queue and the jobs, starts the head of the queue whenever a slot is free',
  context: ({ input, self }) => initialContext(input, self),
  entry: 'resumeRuns',
  invoke: [
    { id: 'journal', src: 'journalWriter', input: ({ context }) => ({ journal: context.journal }) },
    { id: 'disks', src: 'diskWatch', input: ({ context }) => ({ runs: context.runs }) },
  ],
  type: 'parallel',
  states: {
    intake: intakeRegion,
    dispatch: dispatchRegion,
    readiness: readinessRegion,
  },
  on: {
    'journal.committed': {
      actions: [
        { type: 'applyCommitted', params: ({ event }) => event },
        { type: 'stopRunners', params: ({ event }) => event },
        { type: 'tellRecorded', params: ({ event }) => event },
        { type: 'writeOff', params: ({ event }) => event },
        'appendUnwritten',
        'retryDeferred',
      ],
    },
    'journal.contradicted': { actions: { type: 'giveUp', params: ({ event }) => event } },
    'runner.launched': {
      actions: [
        { type: 'noteLaunch', params: ({ event }) => event },
        {
          type: 'appendFact',
          params: ({ event: { jobId, run }, context }) => ({
            type: 'launched',
            jobId,
            ...momentOf(context, jobId),
            run,
          }),
        },
      ],
    },
    'runner.unlaunched': {
      guard: { type: 'isRunning', params: ({ event }) => event },
      actions: { type: 'noteUnlaunched', params: ({ event }) => event },
    },
    'runner.progress': {
      guard: { type: 'isRunning', params: ({ event }) => event },
      actions: { type: 'noteProgress', params: ({ event }) => event },
    },
    'runner.placed': [
      {
        guard: { type: 'isMoved', params: ({ event }) => event },
        actions: [
          { type: 'notePlace', params: ({ event }) => event },
          { type: 'appendFact', params: ({ event, context }) => placementOf(context, event) },
        ],
      },
      {
        guard: { type: 'isRunning', params: ({ event }) => event },
        actions: { type: 'notePlace', params: ({ event }) => event },
      },
    ],
    'runner.withdrawn': {
      guard: { type: 'isUnsettled', params: ({ event }) => event },
      actions: {
        type: 'appendFact',
        params: ({ event: { jobId }, context }) => ({ type: 'withdrawn', jobId, ...momentOf(context, jobId) }),
      },
    },
    'runner.taskCompleted': {
      guard: { type: 'isRunning', params: ({ event }) => event },
      actions: [
        { type: 'noteLeft', params: ({ event }) => event },
        {
          type: 'appendFact',
          params: ({ event: { jobId, part }, context }) => ({
            type: 'taskCompleted',
            jobId,
            ...momentOf(context, jobId),
            part,
          }),
        },
      ],
    },
    'runner.attemptFailed': {
      guard: { type: 'isRunning', params: ({ event }) => event },
      actions: [
        { type: 'noteLeft', params: ({ event }) => event },
        {
          type: 'appendFact',
          params: ({ event: { jobId, attempt }, context }) => ({
            type: 'attemptFailed',
            jobId,
            ...momentOf(context, jobId),
            attempt,
          }),
        },
      ],
    },
    'runner.settled': {
      guard: { type: 'isUnsettled', params: ({ event }) => event },
      actions: [
        { type: 'noteLeft', params: ({ event }) => event },
        {
          type: 'appendFact',
          params: ({ event: { jobId, outcome }, context }) => endOf(context, jobId, outcome),
        },
      ],
    },
    'xstate.error.actor.*': {
      guard: { type: 'isUnsettled', params: ({ event }) => ({ jobId: jobOf(event.actorId) }) },
      actions: [
        { type: 'noteLeft', params: ({ event }) => ({ jobId: jobOf(event.actorId) }) },
        {
          type: 'appendFact',
          params: ({ event, context }) => brokenOf(context, jobOf(event.actorId), event.error),
        },
      ],
    },
    'job.stop': [
      {
        guard: { type: 'isStopUnwritten', params: ({ event }) => event },
        actions: { type: 'refuseUnwrittenStop', params: ({ event }) => event },
      },
      {
        guard: { type: 'isStopUnderWay', params: ({ event }) => event },
        actions: { type: 'defer', params: ({ event }) => event },
      },
      {
        guard: { type: 'isStopRequested', params: ({ event }) => event },
        actions: { type: 'accept', params: ({ event }) => event },
      },
      {
        guard: { type: 'isRunningUnwritable', params: ({ event }) => event },
        actions: [
          { type: 'noteStop', params: ({ event: { jobId } }) => ({ jobId, reply: null }) },
          { type: 'appendFact', params: ({ event, context }) => stopOf(context, event) },
          { type: 'stopRunner', params: ({ event }) => event },
          { type: 'refuseUnwrittenStop', params: ({ event }) => event },
        ],
      },
      {
        guard: { type: 'isRunning', params: ({ event }) => event },
        actions: [
          { type: 'noteStop', params: ({ event }) => event },
          { type: 'appendFact', params: ({ event, context }) => stopOf(context, event) },
        ],
      },
      { actions: { type: 'refuseStop', params: ({ event }) => event } },
    ],
    'queue.pause': { actions: { type: 'savePause', params: ({ event: { reply } }) => ({ isPaused: true, reply }) } },
    'queue.resume': { actions: { type: 'savePause', params: ({ event: { reply } }) => ({ isPaused: false, reply }) } },
    'queue.paused': { actions: { type: 'notePause', params: ({ event }) => event } },
    'queue.resumed': { actions: { type: 'notePause', params: ({ event }) => event } },
    'queue.unsaved': { actions: { type: 'refusePause', params: ({ event }) => event } },
    'disk.filled': {
      guard: 'isUnhindered',
      actions: { type: 'noteFault', params: ({ event }) => event },
    },
    'jobs.restore': { actions: { type: 'restoreJobs', params: ({ event }) => event } },
    'history.forgotten': { actions: { type: 'forget', params: ({ event }) => event } },
    'history.prune': { actions: { type: 'prune', params: ({ event }) => event } },
  },
});
