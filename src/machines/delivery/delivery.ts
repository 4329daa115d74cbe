import { deliverySetup, judged } from './deliverySetup.ts';

/**
 * One webhook: an ended job on its way to one URL, from its row in the journal until that row is gone.
 *
 * It is `scheduled` until it is due, and `due` until it is asked to post, for the one that hosts it shares the posts under way
 * among the receivers. An answer of 2xx has delivered it; 410 refuses it for good, and so does a job that is no longer kept.
 * Anything else, an error, or no answer within the time limit is an attempt that has `failed`: after the last one it is given up,
 * otherwise it is due again after a wait, longer each time.
 *
 * What came of an attempt is put on record before anything else happens, and until the journal takes it nothing is posted again.
 * A server that ends between the answer and the record posts once more: it arrives at least once.
 *
 * Times are absolute, in the journal's own time: an actor that is made anew from its row waits for what is left.
 */
export const deliveryMachine = deliverySetup.createMachine({
  id: 'delivery',
  description: 'One webhook: an ended job on its way to one URL',
  context: ({ input }) => ({ ...input, failure: '', verdict: null }),
  initial: 'waiting',
  states: {
    waiting: {
      initial: 'scheduled',
      states: {
        scheduled: {
          description: 'Its time has not come',
          always: { guard: 'isDue', target: 'due' },
          after: { untilDue: { target: 'scheduled', reenter: true } },
        },
        due: {
          description: 'Waits until its host may get another post',
          on: { 'delivery.post': '#delivery.posting' },
        },
      },
    },
    posting: {
      description: 'Signs the job as it is shown, and posts it',
      invoke: {
        src: 'post',
        input: ({ context }) => context.port,
        onDone: [
          {
            guard: { type: 'isAccepted', params: ({ event }) => ({ answer: event.output }) },
            target: 'recording',
            actions: { type: 'noteDelivered', params: ({ event }) => ({ answer: event.output }) },
          },
          {
            guard: { type: 'isRefused', params: ({ event }) => ({ answer: event.output }) },
            target: 'recording',
            actions: { type: 'noteRefused', params: ({ event }) => ({ answer: event.output }) },
          },
          {
            target: 'failed',
            actions: { type: 'noteAnswer', params: ({ event }) => ({ answer: event.output }) },
          },
        ],
        onError: { target: 'failed', actions: { type: 'noteError', params: ({ event }) => event } },
      },
      after: { timeLimit: { target: 'failed', actions: 'noteTimeout' } },
    },
    failed: {
      description: 'Is there another attempt?',
      always: [
        { guard: 'isLastAttempt', target: 'recording', actions: 'noteGivenUp' },
        { target: 'recording', actions: 'notePostponed' },
      ],
    },
    recording: {
      description: 'Puts what came of the attempt on record',
      entry: 'reportVerdict',
      initial: 'writing',
      states: {
        writing: {
          invoke: {
            src: 'record',
            input: ({ context }) => ({ port: context.port, verdict: judged(context) }),
            onDone: [
              { guard: 'isDelivered', target: '#delivery.delivered' },
              { guard: 'isGivenUp', target: '#delivery.givenUp' },
              { target: '#delivery.waiting' },
            ],
            onError: 'pausing',
          },
        },
        pausing: {
          description: 'The journal did not take it, and is asked again',
          after: { journalPause: 'writing' },
        },
      },
    },
    delivered: { type: 'final', description: 'Its receiver has it' },
    givenUp: { type: 'final', description: 'Its receiver refuses it, or the last attempt has failed' },
  },
});
