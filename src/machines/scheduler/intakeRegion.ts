import { cancelOf, doomOf, importOf, priorityOf, submissionOf } from './decisions.ts';
import { schedulerSetup } from './schedulerSetup.ts';

/** What the scheduler takes: everything while it is `open`; nothing while the journal cannot be written or the server ends. */
export const intakeRegion = schedulerSetup.createStateConfig({
  initial: 'open',
  on: {
    'scheduler.shutdown': [
      { guard: { type: 'isLeaving', params: ({ event }) => event }, target: '.closed.leaving' },
      { target: '.closed.stopping', actions: 'withdrawRunners' },
    ],
  },
  states: {
    open: {
      description: 'Submissions, imports and cancellations are taken',
      // What can never start: a job that it comes after did not complete.
      always: {
        guard: 'isSomeDoomed',
        actions: { type: 'append', params: ({ context }) => ({ transition: doomOf(context) }) },
      },
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
        'job.import': [
          {
            guard: { type: 'isKeyInFlight', params: ({ event }) => event },
            actions: { type: 'defer', params: ({ event }) => event },
          },
          {
            guard: { type: 'isRepeated', params: ({ event }) => event },
            actions: { type: 'answerRepeated', params: ({ event }) => event },
          },
          {
            actions: { type: 'append', params: ({ event, context }) => importOf(context, event) },
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
        'job.reprioritise': [
          {
            guard: { type: 'isInFlight', params: ({ event }) => event },
            actions: { type: 'defer', params: ({ event }) => event },
          },
          {
            guard: {
              type: 'isAllowed',
              params: ({ event: { jobId, priority } }) => ({ jobId, event: { type: 'job.reprioritise', priority } }),
            },
            actions: {
              type: 'append',
              params: ({ event: { reply, ...asked }, context }) => ({ transition: priorityOf(context, asked), reply }),
            },
          },
          {
            actions: { type: 'refuseReprioritise', params: ({ event }) => event },
          },
        ],
        'journal.failed': {
          target: 'closed.unwritable',
          actions: [
            { type: 'takeBack', params: ({ event }) => event },
            { type: 'stopRunners', params: ({ event }) => event },
            { type: 'answerUnwrittenStops', params: ({ event }) => event },
            'tellFault',
            'retryDeferred',
          ],
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
                { type: 'stopRunners', params: ({ event }) => event },
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
        'job.import': { actions: { type: 'refuseClosed', params: ({ event }) => event } },
        'job.cancel': { actions: { type: 'refuseClosed', params: ({ event }) => event } },
        'job.reprioritise': { actions: { type: 'refuseClosed', params: ({ event }) => event } },
        'journal.failed': {
          actions: [
            { type: 'takeBack', params: ({ event }) => event },
            { type: 'stopRunners', params: ({ event }) => event },
            { type: 'answerUnwrittenStops', params: ({ event }) => event },
            'retryDeferred',
          ],
        },
      },
    },
  },
});
