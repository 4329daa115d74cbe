import { jobOf, lost } from './runnerChild.ts';
import { cancelOf, endOf, initialContext, momentOf, placementOf, startOf, submissionOf } from './schedulerContext.ts';
import { schedulerSetup } from './schedulerSetup.ts';

/**
 * Owns the queue and the jobs, and is the only one that changes them.
 *
 * `intake` takes submissions and cancellations while it is `open`. It is `closed` while the journal cannot be written
 * (it asks the journal from time to time, and opens again by itself) and from a shutdown on. `dispatch` starts the head
 * of the queue whenever a slot is free and intake is open: `idle` nothing runs, `busy` something does, `paused` nothing
 * more is started and what runs goes on, `blocked` the same, because a run could not be launched by a fault of the server or of
 * its engine, which would fail every other job as well.
 *
 * While it is blocked the jobs that met the fault are held: they run, keep what is theirs, and wait. After a second, then
 * ever more rarely, up to a minute, it is asked whether a run could be launched (`probing`); if so, the first of the held
 * jobs tries (`trying`), and when its run is launched all the others do. With none held the answer is enough. A pause that
 * comes meanwhile holds afterwards; a resume has it tried at once.
 *
 * The head of the queue is started, or nothing is: a job that waits for devices is not overtaken, or it might wait for ever.
 *
 * Every change of a job goes the same way: decided here, sent to the journal, and applied when the journal says that it
 * is on disk (`journal.committed`). Between the two the change is in flight: a second command for the same job waits
 * for it. A submission or a cancellation that cannot be written changes nothing and is refused. What happened to a run
 * has happened: it is kept until it can be written. A run that has ended has left its slot, so that the next start is
 * decided with its end and written with it, behind it.
 */
export const schedulerMachine = schedulerSetup.createMachine({
  id: 'scheduler',
  description: 'Owns the queue and the jobs, starts the head of the queue whenever a slot is free',
  context: ({ input, self }) => initialContext(input, self),
  entry: 'resumeRuns',
  invoke: { id: 'journal', src: 'journalWriter', input: ({ context }) => ({ journal: context.journal }) },
  type: 'parallel',
  states: {
    intake: {
      initial: 'open',
      on: {
        'scheduler.shutdown': [
          { guard: { type: 'isLeaving', params: ({ event }) => event }, target: '.closed.leaving' },
          { target: '.closed.stopping', actions: 'withdrawRunners' },
        ],
      },
      states: {
        open: {
          description: 'Submissions and cancellations are taken',
          on: {
            'job.submit': [
              {
                guard: { type: 'isKeyInFlight', params: ({ event }) => event },
                actions: { type: 'defer', params: ({ event }) => event },
              },
              {
                guard: { type: 'isRepeated', params: ({ event }) => event },
                actions: { type: 'answerRepeated', params: ({ event }) => event },
              },
              {
                guard: { type: 'isFull', params: ({ event }) => event },
                actions: { type: 'refuseFull', params: ({ event }) => event },
              },
              {
                actions: { type: 'append', params: ({ event }) => submissionOf(event) },
              },
            ],
            'job.cancel': [
              {
                guard: { type: 'isInFlight', params: ({ event }) => event },
                actions: { type: 'defer', params: ({ event }) => event },
              },
              {
                guard: {
                  type: 'isAllowed',
                  params: ({ event: { jobId } }) => ({ jobId, event: { type: 'job.cancel', at: 0 } }),
                },
                actions: {
                  type: 'append',
                  params: ({ event: { reply, ...asked }, context }) => ({
                    transition: cancelOf(context, asked),
                    reply,
                  }),
                },
              },
              {
                actions: { type: 'refuseCancel', params: ({ event }) => event },
              },
            ],
            'journal.failed': {
              target: 'closed.unwritable',
              actions: [{ type: 'takeBack', params: ({ event }) => event }, 'tellFault', 'retryDeferred'],
            },
          },
        },
        closed: {
          description: 'Nothing is taken and nothing is started',
          initial: 'unwritable',
          states: {
            unwritable: {
              description: 'The journal cannot be written; it is tried again from time to time',
              always: { guard: 'isWritable', target: '#scheduler.intake.open', actions: 'tellRecovery' },
              after: { probe: { target: 'unwritable', reenter: true, actions: 'probeJournal' } },
              on: {
                'journal.recovered': { actions: 'appendUnwritten' },
              },
            },
            stopping: {
              description: 'The server is about to end, and what has begun with it; the rest is taken back',
              after: { probe: { target: 'stopping', reenter: true, actions: 'probeJournal' } },
              on: {
                'journal.recovered': { actions: 'appendUnwritten' },
                // A start that was in flight when the shutdown came has a runner only now.
                'journal.committed': {
                  actions: [
                    { type: 'applyCommitted', params: ({ event }) => event },
                    { type: 'writeOff', params: ({ event }) => event },
                    'appendUnwritten',
                    'withdrawRunners',
                    'retryDeferred',
                  ],
                },
                'job.stop': {
                  guard: { type: 'isWithdrawn', params: ({ event }) => event },
                  actions: { type: 'refuseClosed', params: ({ event }) => event },
                },
              },
            },
            leaving: {
              description: 'The server is about to end; what runs goes on and is picked up at the next start',
              after: { probe: { target: 'leaving', reenter: true, actions: 'probeJournal' } },
              on: { 'journal.recovered': { actions: 'appendUnwritten' } },
            },
          },
          on: {
            'job.submit': { actions: { type: 'refuseClosed', params: ({ event }) => event } },
            'job.cancel': { actions: { type: 'refuseClosed', params: ({ event }) => event } },
            'journal.failed': { actions: [{ type: 'takeBack', params: ({ event }) => event }, 'retryDeferred'] },
          },
        },
      },
    },
    dispatch: {
      initial: 'idle',
      states: {
        idle: {
          description: 'Nothing runs',
          always: [
            { guard: 'isBlocked', target: 'blocked' },
            { guard: 'isPaused', target: 'paused' },
            { guard: 'canStart', target: 'busy' },
            { guard: 'somethingRuns', target: 'busy' },
          ],
          on: { 'queue.pause': { target: 'paused', actions: 'notePaused' } },
        },
        busy: {
          description: 'Something runs',
          always: [
            { guard: 'isBlocked', target: 'blocked' },
            {
              guard: 'canStart',
              actions: { type: 'append', params: ({ context }) => ({ transition: startOf(context) }) },
            },
            { guard: 'nothingRuns', target: 'idle' },
          ],
          on: { 'queue.pause': { target: 'paused', actions: 'notePaused' } },
        },
        paused: {
          description: 'Nothing more is started; what runs goes on',
          always: { guard: 'isBlocked', target: 'blocked' },
          on: { 'queue.resume': { target: 'idle', actions: 'noteResumed' } },
        },
        blocked: {
          description: 'No run can be launched, by a fault of the server or of its engine; what runs goes on',
          entry: 'tellBlocked',
          exit: 'tellUnblocked',
          always: { guard: 'isUnblocked', target: 'idle', actions: 'retryHeld' },
          initial: 'waiting',
          states: {
            waiting: {
              description: 'It is tried again ever more rarely',
              after: { backOff: { target: 'probing', actions: 'noteLook' } },
            },
            probing: {
              description: 'Could a run be launched?',
              invoke: {
                src: 'probe',
                input: ({ context }) => ({ runs: context.runs }),
                onDone: [
                  // What is held is the next server's.
                  { guard: 'isStopping', target: 'waiting' },
                  { guard: 'isSomeHeld', target: 'trying' },
                  { target: '#scheduler.dispatch.idle', actions: 'noteNoFault' },
                ],
                onError: { target: 'waiting', actions: { type: 'noteFault', params: ({ event }) => event } },
              },
            },
            trying: {
              description: 'The first of the held jobs launches its run, or not',
              entry: 'retryFirst',
              always: { guard: 'isTryOver', target: 'waiting' },
            },
          },
          on: {
            'queue.pause': { actions: 'notePaused' },
            'queue.resume': { target: '.probing', actions: 'noteResumed' },
          },
        },
      },
    },
  },
  on: {
    'journal.committed': {
      actions: [
        { type: 'applyCommitted', params: ({ event }) => event },
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
    'runner.held': {
      guard: { type: 'isRunning', params: ({ event }) => event },
      actions: { type: 'noteHeld', params: ({ event }) => event },
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
          params: ({ event, context }) => endOf(context, jobOf(event.actorId), lost(event.error)),
        },
      ],
    },
    'job.stop': [
      {
        guard: { type: 'isInFlight', params: ({ event }) => event },
        actions: { type: 'defer', params: ({ event }) => event },
      },
      {
        guard: { type: 'isRunning', params: ({ event }) => event },
        actions: [
          { type: 'stopRunner', params: ({ event }) => event },
          { type: 'accept', params: ({ event }) => event },
        ],
      },
      { actions: { type: 'refuseStop', params: ({ event }) => event } },
    ],
    'jobs.restore': { actions: { type: 'restoreJobs', params: ({ event }) => event } },
    'history.forgotten': { actions: { type: 'forget', params: ({ event }) => event } },
    'history.prune': { actions: { type: 'prune', params: ({ event }) => event } },
  },
});
