import type { MachineName } from '../../src/schemas/machines.ts';

/**
 * What each chart allows, written down a second time and by hand: state → event [guard] → target, in the order in which
 * the guards are asked. What is not here is forbidden. An edit of a chart that is not made here too fails.
 */
export const allowedJob: Record<string, string[]> = {
  job: [],
  queued: ['job.start → running', 'job.cancel → cancelled'],
  running: ['job.progress → (stays)', 'job.complete → completed', 'job.fail → failed'],
  completed: [],
  failed: [],
  cancelled: [],
};

export const allowedRunner: Record<string, string[]> = {
  runner: [],
  entering: ['always [isKnownRun] → running', 'always [isUnknownRun] → recovering', 'always → preparing'],
  recovering: [
    'runner.stop → (stays)',
    'runner.withdraw → (stays)',
    'invoke 0 done [isFoundAndStopRequested] → stopping',
    'invoke 0 done [isFoundAndWithdrawn] → withdrawing',
    'invoke 0 done [isFound] → running',
    'invoke 0 done [isWithdrawn] → withdrawn',
    'invoke 0 done → preparing',
    'invoke 0 error [isUnavailable] → held',
    'invoke 0 error → settled',
  ],
  preparing: [
    'runner.stop → (stays)',
    'runner.withdraw → (stays)',
    'invoke 0 done [isStopRequested] → collecting',
    'invoke 0 done [isWithdrawn] → withdrawn',
    'invoke 0 done → launching',
    'invoke 0 error [isUnavailable] → held',
    'invoke 0 error → settled',
  ],
  launching: [
    'runner.stop → (stays)',
    'runner.withdraw → (stays)',
    'invoke 0 done [isStopRequested] → stopping',
    'invoke 0 done [isWithdrawn] → withdrawing',
    'invoke 0 done → running',
    'invoke 0 error [isUnavailable] → held',
    'invoke 0 error → settled',
  ],
  held: [
    'always [isStoppedPrepared] → collecting',
    'always [isStoppedUnlaunched] → settled',
    'always [isWithdrawing] → withdrawn',
    'runner.stop → (stays)',
    'runner.withdraw → withdrawn',
    'runner.retry [isUnknownRun] → recovering',
    'runner.retry → preparing',
  ],
  running: [
    'run.progress → (stays)',
    'run.gone → collecting',
    'runner.stop → stopping',
    'runner.withdraw → withdrawing',
  ],
  'running.working': [
    'run.placed → (stays)',
    'run.output → (stays)',
    'run.saved → (stays)',
    'run.timedOut → stopping',
    'run.stalled → stopping',
    'run.hung → stopping',
    'run.exited → running.lingering',
  ],
  'running.lingering': ['runner.stop → stopping', 'runner.withdraw → stopping', 'after grace → stopping'],
  withdrawing: [
    'runner.stop → (stays)',
    'invoke 0 done [isStopRequested] → stopping',
    'invoke 0 done [isTakenBack] → recalling',
    'invoke 0 done → stopping',
    'invoke 0 error → stopping',
  ],
  recalling: ['invoke 0 done → withdrawn', 'invoke 0 error → withdrawn', 'after grace → withdrawn'],
  stopping: ['run.exited → (stays)', 'run.gone → collecting'],
  'stopping.terminating': ['invoke 0 error → stopping.killing', 'after grace → stopping.killing'],
  'stopping.killing': ['invoke 0 error → (stays)', 'after again → stopping.killing (again)'],
  collecting: ['invoke 0 done → settled', 'invoke 0 error → settled'],
  withdrawn: [],
  settled: [],
};

export const allowedScheduler: Record<string, string[]> = {
  scheduler: [
    'journal.committed → (stays)',
    'journal.contradicted → (stays)',
    'runner.launched → (stays)',
    'runner.held [isRunning] → (stays)',
    'runner.progress [isRunning] → (stays)',
    'runner.placed [isMoved] → (stays)',
    'runner.placed [isRunning] → (stays)',
    'runner.withdrawn [isUnsettled] → (stays)',
    'runner.settled [isUnsettled] → (stays)',
    'xstate.error.actor.* [isUnsettled] → (stays)',
    'job.stop [isInFlight] → (stays)',
    'job.stop [isRunning] → (stays)',
    'job.stop → (stays)',
    'history.forgotten → (stays)',
    'history.prune → (stays)',
  ],
  intake: ['scheduler.shutdown [isLeaving] → intake.closed.leaving', 'scheduler.shutdown → intake.closed.stopping'],
  'intake.open': [
    'job.submit [isKeyInFlight] → (stays)',
    'job.submit [isRepeated] → (stays)',
    'job.submit [isFull] → (stays)',
    'job.submit → (stays)',
    'job.cancel [isInFlight] → (stays)',
    'job.cancel [isQueued] → (stays)',
    'job.cancel → (stays)',
    'journal.failed → intake.closed.unwritable',
  ],
  'intake.closed': ['job.submit → (stays)', 'job.cancel → (stays)', 'journal.failed → (stays)'],
  'intake.closed.unwritable': [
    'always [isWritable] → intake.open',
    'journal.recovered → (stays)',
    'after probe → intake.closed.unwritable (again)',
  ],
  'intake.closed.stopping': [
    'journal.recovered → (stays)',
    'journal.committed → (stays)',
    'job.stop [isWithdrawn] → (stays)',
    'after probe → intake.closed.stopping (again)',
  ],
  'intake.closed.leaving': ['journal.recovered → (stays)', 'after probe → intake.closed.leaving (again)'],
  dispatch: [],
  'dispatch.idle': [
    'always [isBlocked] → dispatch.blocked',
    'always [isPaused] → dispatch.paused',
    'always [canStart] → dispatch.busy',
    'always [somethingRuns] → dispatch.busy',
    'queue.pause → dispatch.paused',
  ],
  'dispatch.busy': [
    'always [isBlocked] → dispatch.blocked',
    'always [canStart] → (stays)',
    'always [nothingRuns] → dispatch.idle',
    'queue.pause → dispatch.paused',
  ],
  'dispatch.paused': ['always [isBlocked] → dispatch.blocked', 'queue.resume → dispatch.idle'],
  'dispatch.blocked': [
    'always [isUnblocked] → dispatch.idle',
    'queue.pause → (stays)',
    'queue.resume → dispatch.blocked.probing',
  ],
  'dispatch.blocked.waiting': ['after backOff → dispatch.blocked.probing'],
  'dispatch.blocked.probing': [
    'invoke 0 done [isStopping] → dispatch.blocked.waiting',
    'invoke 0 done [isSomeHeld] → dispatch.blocked.trying',
    'invoke 0 done → dispatch.idle',
    'invoke 0 error → dispatch.blocked.waiting',
  ],
  'dispatch.blocked.trying': ['always [isTryOver] → dispatch.blocked.waiting'],
};

export const allowedDelivery: Record<string, string[]> = {
  delivery: [],
  waiting: [],
  'waiting.scheduled': ['always [isDue] → waiting.due', 'after untilDue → waiting.scheduled (again)'],
  'waiting.due': ['delivery.post → posting'],
  posting: [
    'invoke 0 done [isAccepted] → recording',
    'invoke 0 done [isRefused] → recording',
    'invoke 0 done → failed',
    'invoke 0 error → failed',
    'after timeLimit → failed',
  ],
  failed: ['always [isLastAttempt] → recording', 'always → recording'],
  recording: [],
  'recording.writing': [
    'invoke 0 done [isDelivered] → delivered',
    'invoke 0 done [isGivenUp] → givenUp',
    'invoke 0 done → waiting',
    'invoke 0 error → recording.pausing',
  ],
  'recording.pausing': ['after journalPause → recording.writing'],
  delivered: [],
  givenUp: [],
};

/** The tables by chart. */
export const allowed: Record<MachineName, Record<string, string[]>> = {
  job: allowedJob,
  scheduler: allowedScheduler,
  runner: allowedRunner,
  delivery: allowedDelivery,
};

/** Where each compound state begins. */
export const initialStates: Record<string, Record<string, string>> = {
  job: { job: 'queued' },
  runner: { runner: 'entering', running: 'working', stopping: 'terminating' },
  delivery: { delivery: 'waiting', waiting: 'scheduled', recording: 'writing' },
  scheduler: { intake: 'open', 'intake.closed': 'unwritable', dispatch: 'idle', 'dispatch.blocked': 'waiting' },
};
