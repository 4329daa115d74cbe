import { cancel } from 'xstate';
import { trackerSetup } from './runTrackerSetup.ts';

/**
 * One run as its engine shows it: Slurm, Ray, or this machine's table of processes. It decides what an observation means
 * and what follows; to look, to submit and to cancel is the work of the backend. What differs from one engine to another
 * are numbers (`TrackerRules`) and what an answer means in the engine's own states (`Observation`).
 *
 * A run is `watching` until its program has ended: `unseen` before the first answer, `waiting` for a node, `placed` on one,
 * `unreachable` while the engine does not answer, `forgotten` when it answers without the run. One that has surely not
 * begun is submitted again (`submitting`), also when the cluster alone is why it ended before it began. Where the engine
 * may know why it has let a run go, it is asked first (`inquiring`).
 *
 * A program that has recorded its end is `ended`. A failure waits for the engine, which may know why (`explaining`); any
 * other end is reported at once (`reported`). It is over when the engine says so, when no process is left, or when the
 * engine had its time. Then the backend concludes (`closing`), and the run is gone.
 *
 * A run of which evald has taken the start is over at once, whatever the engine says. What still waits for it there is
 * cancelled until nothing is left (`clearing`), also when the run is not watched any more; any other is then `released`. As long as an engine does not answer, nothing is known of a run, and
 * it goes on.
 */
export const runTrackerMachine = trackerSetup.createMachine({
  id: 'runTracker',
  description: 'One run as its engine shows it',
  context: ({ input }) => ({
    ...input,
    node: '',
    engine: null,
    isGone: false,
    id: undefined,
    placement: null,
    recorded: null,
    exit: null,
    isReported: false,
    isLeftOver: input.begins === 'recalled',
    delay: input.delay ?? null,
    missing: 0,
    unanswered: 0,
    looks: 0,
    resubmissions: 0,
  }),
  initial: 'entering',
  states: {
    entering: {
      description: 'What is known of it?',
      always: [
        { guard: 'isRecalled', target: 'clearing' },
        { guard: 'isDelayed', target: 'watching.submitting.delayed', actions: 'reportDelay' },
        { target: 'watching' },
      ],
    },
    watching: {
      description: 'Its program has not ended, as far as is known',
      initial: 'unseen',
      on: {
        'run.recalled': { target: 'closing', actions: 'noteWithdrawn' },
        'run.unwatched': 'released',
        'stop.requested': { actions: 'noteStopRequest' },
        'run.recorded': { target: 'ended', actions: 'noteSeen' },
        'run.observed': [
          { guard: 'isTakenBack', target: 'closing', actions: ['noteSeen', 'noteWithdrawn', 'cancelLeft'] },
          { guard: 'isRecorded', target: 'ended', actions: ['noteSeen', 'reportPlacement'] },
          {
            guard: 'isRepeatable',
            target: '.submitting',
            actions: ['noteSeen', 'noteClusterEnd', 'reportDelay'],
          },
          { guard: 'isEnded', target: 'closing', actions: ['noteSeen', 'noteLeftOver', 'cancelLeft'] },
          { guard: 'isLost', target: 'closing', actions: 'noteSeen' },
          { guard: 'isUnsubmitted', target: '.submitting', actions: 'noteSeen' },
          { guard: 'isUnexplained', target: '.inquiring', actions: 'noteSeen' },
          { guard: 'isMissing', target: '.forgotten', actions: 'noteSeen' },
          { guard: 'isRunning', target: '.placed', actions: ['noteSeen', 'reportPlacement'] },
          { guard: 'isWaiting', target: '.waiting', actions: ['noteSeen', 'reportPlacement'] },
        ],
        'run.unanswered': [
          { guard: 'isTakenBack', target: 'closing', actions: 'noteWithdrawn' },
          { guard: 'isRecorded', target: 'ended', actions: 'noteSeen' },
          { guard: 'isSilent', target: '.unreachable', actions: ['noteSeen', 'reportUnknown'] },
          { actions: 'noteSeen' },
        ],
      },
      states: {
        unseen: { description: 'Its engine has said nothing of it yet' },
        submitting: {
          description: 'Its engine does not have it, and it has not begun: it is submitted again',
          initial: 'asking',
          on: { 'run.unanswered': { guard: 'isSilence', actions: 'noteSeen' } },
          states: {
            asking: {
              invoke: {
                src: 'submit',
                input: ({ context: { port, isStopRequested } }) => ({ port, isStopRequested }),
                onDone: [
                  {
                    guard: { type: 'isAccepted', params: ({ event }) => event.output },
                    target: '#runTracker.watching.unseen',
                    actions: 'noteAccepted',
                  },
                  {
                    guard: { type: 'isPutOff', params: ({ event }) => event.output },
                    target: 'delayed',
                    actions: [{ type: 'noteDelay', params: ({ event }) => event.output }, 'reportDelay'],
                  },
                  {
                    target: '#runTracker.closing',
                    actions: { type: 'noteRefusal', params: ({ event }) => event.output },
                  },
                ],
                onError: {
                  target: 'delayed',
                  actions: [{ type: 'noteFault', params: ({ event }) => event }, 'reportDelay'],
                },
              },
              // What is seen now may be of before.
              on: {
                'run.observed': [
                  { guard: 'isMissingUnbegun', actions: 'noteSeen' },
                  { guard: 'isRepeatable', actions: 'noteSeen' },
                ],
              },
            },
            delayed: {
              description: 'Its engine takes no more now, or has not answered: asked again when the run is missed',
              on: {
                'run.observed': [
                  { guard: 'isMissedEnough', target: 'asking', actions: 'noteSeen' },
                  { guard: 'isMissingUnbegun', actions: 'noteSeen' },
                ],
              },
            },
          },
        },
        waiting: {
          description: 'Its engine has it, and has not begun it',
          on: { 'run.observed': { guard: 'isWaiting', actions: ['noteSeen', 'reportPlacement'] } },
        },
        placed: {
          description: 'It runs on a node',
          on: { 'run.observed': { guard: 'isRunning', actions: ['noteSeen', 'reportPlacement'] } },
        },
        unreachable: {
          description: 'Its engine does not answer: nothing is known',
          on: { 'run.unanswered': { guard: 'isSilence', actions: ['noteSeen', 'reportUnknown'] } },
        },
        forgotten: { description: 'Its engine answers and does not name it: it may not know all yet' },
        inquiring: {
          description: 'Has its engine lost it, or has it ended there before it began?',
          invoke: {
            src: 'inquire',
            input: ({ context }) => context.port,
            onDone: [
              {
                guard: { type: 'isForgotten', params: ({ event }) => event.output },
                target: 'submitting',
                actions: [{ type: 'noteForgotten', params: ({ event }) => event.output }, 'reportDelay'],
              },
              {
                guard: { type: 'isFoundOver', params: ({ event }) => event.output },
                target: '#runTracker.closing',
                actions: { type: 'noteFoundOver', params: ({ event }) => event.output },
              },
              { target: 'forgotten' },
            ],
            onError: 'forgotten',
          },
          on: { 'run.observed': { guard: 'isMissingUnbegun', actions: 'noteSeen' } },
        },
      },
    },
    ended: {
      description: 'Its program has recorded its end; something of it may be left',
      initial: 'explaining',
      entry: 'armPatience',
      exit: cancel('patience'),
      always: { guard: 'isOver', target: 'closing', actions: ['noteLeftOver', 'cancelLeft'] },
      on: {
        'run.recorded': { actions: 'noteSeen' },
        'run.observed': { actions: ['noteSeen', 'reportPlacement'] },
        'run.unanswered': { actions: 'noteSeen' },
        'run.unwatched': 'released',
        'stop.requested': { actions: 'noteStopRequest' },
        'patience.ended': 'closing',
      },
      states: {
        explaining: {
          description: 'It failed: its engine may be about to say why',
          always: { guard: 'isExplained', target: 'reported', actions: 'reportExit' },
        },
        reported: { description: 'Its end is reported; its last process is not gone yet' },
      },
    },
    closing: {
      description: 'Nothing of it runs: what it leaves is put in order',
      invoke: {
        src: 'close',
        input: ({ context }) => context.port,
        onDone: [
          { guard: 'isLeftOver', target: 'clearing', actions: ['reportExit', 'reportGone'] },
          { target: 'gone', actions: ['reportExit', 'reportGone'] },
        ],
        onError: [
          { guard: 'isLeftOver', target: 'clearing', actions: ['reportExit', 'reportGone'] },
          { target: 'gone', actions: ['reportExit', 'reportGone'] },
        ],
      },
    },
    clearing: {
      description: 'It never begins: what waits for it in its engine is cancelled, until nothing does',
      on: {
        'run.observed': [
          { guard: 'isCleared', target: 'gone' },
          { guard: 'isMissing', actions: 'noteSeen' },
          { actions: ['noteSeen', 'cancelLeft'] },
        ],
      },
    },
    gone: { type: 'final', description: 'Nothing of it is left, here or in its engine' },
    released: { type: 'final', description: 'It is not watched any more, and goes on' },
  },
});
