import { and, assign, enqueueActions, sendTo, setup, stateIn } from 'xstate';
import type { Transition } from '../journal/contract.ts';
import type { StopReason } from '../runner/contract.ts';
import type { NewJob } from '../schemas/job.ts';
import type { Progress } from '../schemas/progress.ts';
import { applyTransition, keptBack, performTransition, takeBack, underWay } from './applyTransition.ts';
import { journalWriter } from './journalWriter.ts';
import { cancelRefusal, closed, full, repeated, unwritable } from './refusals.ts';
import { runnerMachine } from './runner.ts';
import { jobOf, lost, runnerId, runnerInput } from './runnerChild.ts';
import {
  endOf,
  initialContext,
  isKeyInFlight,
  knownJob,
  nextToStart,
  type SchedulerContext,
  type SchedulerInput,
  startOf,
  waitingJobs,
  workUnderWay,
} from './schedulerContext.ts';
import type { Reply, SchedulerCommand, SchedulerEvent } from './schedulerEvents.ts';

/**
 * Owns the queue and the jobs, and is the only one that changes them.
 *
 * `intake` takes submissions and cancellations while it is `open`. It is `closed` while the journal cannot be written
 * (it asks the journal from time to time, and opens again by itself) and from a shutdown on. `dispatch` starts the head
 * of the queue whenever a slot is free and intake is open: `idle` nothing runs, `busy` something does, `paused` nothing
 * more is started and what runs goes on.
 *
 * Every change of a job goes the same way: decided here, sent to the journal, and applied when the journal says that it
 * is on disk (`journal.committed`). Between the two the change is in flight: a second command for the same job waits
 * for it. A submission or a cancellation that cannot be written changes nothing and is refused. What happened to a run
 * has happened: it is kept until it can be written.
 */
export const schedulerMachine = setup({
  types: {
    context: {} as SchedulerContext,
    events: {} as SchedulerEvent,
    input: {} as SchedulerInput,
  },
  actors: { journalWriter, runner: runnerMachine },
  actions: {
    append: enqueueActions(({ context, enqueue }, params: { transition: Transition; reply?: Reply }) => {
      const { transition, reply = null } = params;
      enqueue.assign({ inFlight: underWay(context, transition, reply), unwritten: keptBack(context, transition) });
      if (context.journalFault === null) enqueue.sendTo('journal', { type: 'journal.append', transition });
    }),
    appendLaunch: enqueueActions(({ context, enqueue }, transition: Transition) => {
      enqueue.assign({ unwritten: keptBack(context, transition) });
      if (context.journalFault === null) enqueue.sendTo('journal', { type: 'journal.append', transition });
    }),
    applyCommitted: enqueueActions(
      ({ context, enqueue, self }, { transitions }: { transitions: readonly Transition[] }) => {
        let books: Pick<SchedulerContext, 'queue' | 'running' | 'inFlight'> = context;
        for (const transition of transitions) {
          const { jobId, type } = transition;
          const reply = books.inFlight.get(jobId)?.reply;
          books = applyTransition(books, transition);
          const position = books.queue.position(jobId);
          enqueue(() => performTransition(context, transition, self));
          enqueue(() => reply?.({ accepted: true, jobId, position, repeated: false }));
          if (type === 'started') {
            enqueue.spawnChild('runner', { id: runnerId(jobId), input: ({ context }) => runnerInput(context, jobId) });
          }
          if (type === 'completed' || type === 'failed') enqueue.stopChild(runnerId(jobId));
        }
        enqueue.assign(books);
      },
    ),
    takeBack: enqueueActions(({ context, enqueue }, params: { transitions: readonly Transition[]; reason: string }) => {
      const { replies, ...books } = takeBack(context, params.transitions);
      enqueue.assign({ ...books, journalFault: params.reason });
      for (const reply of replies) enqueue(() => reply(unwritable(params.reason)));
    }),
    appendUnwritten: enqueueActions(({ context, enqueue }) => {
      for (const transition of context.unwritten) enqueue.sendTo('journal', { type: 'journal.append', transition });
      enqueue.assign({ unwritten: [], journalFault: null });
    }),
    defer: assign(({ context }, command: SchedulerCommand) => ({ deferred: [...context.deferred, command] })),
    retryDeferred: enqueueActions(({ context, enqueue }) => {
      for (const command of context.deferred) enqueue.raise(command);
      enqueue.assign({ deferred: [] });
    }),
    answerRepeated: ({ context }, { job, reply }: { job: NewJob; reply: Reply }) => reply(repeated(context, job)),
    refuseFull: ({ context }, { reply }: { reply: Reply }) => reply(full(context)),
    refuseClosed: (_, { reply }: { reply: Reply }) => reply(closed),
    refuseCancel: ({ context }, { jobId, reply }: { jobId: string; reply: Reply }) =>
      reply(cancelRefusal(context, jobId)),
    stopRunner: sendTo(
      (_, { jobId }: { jobId: string; reason: StopReason }) => runnerId(jobId),
      (_, { reason }) => ({ type: 'runner.stop', reason }),
    ),
    resumeRuns: enqueueActions(({ context, enqueue }) => {
      for (const jobId of context.running) {
        enqueue.spawnChild('runner', { id: runnerId(jobId), input: runnerInput(context, jobId, true) });
      }
    }),
    interruptRunners: enqueueActions(({ context, enqueue }) => {
      const reason: StopReason = { kind: 'interrupted' };
      for (const jobId of context.running) enqueue.sendTo(runnerId(jobId), { type: 'runner.stop', reason });
    }),
    noteProgress: ({ context }, { jobId, progress }: { jobId: string; progress: Progress }) =>
      context.roster.tell(jobId, { type: 'job.progress', progress }),
    prune: ({ context }, { keep, reply }: { keep: number; reply: (removed: number) => void }) =>
      reply(context.roster.prune(keep)),
    probeJournal: enqueueActions(({ context, enqueue }) => {
      if (context.journalFault !== null) enqueue.sendTo('journal', { type: 'journal.probe' });
    }),
  },
  guards: {
    isKeyInFlight: ({ context }, { job }: { job: NewJob }) => isKeyInFlight(context, job),
    isRepeated: ({ context }, { job }: { job: NewJob }) => knownJob(context, job) !== undefined,
    isFull: ({ context }) => waitingJobs(context) >= context.maxQueue,
    isInFlight: ({ context }, { jobId }: { jobId: string }) => context.inFlight.has(jobId),
    isQueued: ({ context }, { jobId }: { jobId: string }) => context.queue.has(jobId),
    isRunning: ({ context }, { jobId }: { jobId: string }) => context.running.includes(jobId),
    canStart: and([
      stateIn({ intake: 'open' }),
      ({ context }) => workUnderWay(context) < context.slots && nextToStart(context) !== undefined,
    ]),
    isLeaving: (_, { runs }: { runs: 'stop' | 'leave' }) => runs === 'leave',
    somethingRuns: ({ context }) => workUnderWay(context) > 0,
    nothingRuns: ({ context }) => workUnderWay(context) === 0,
  },
  delays: { probe: 1_000 },
}).createMachine({
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
          { target: '.closed.stopping', actions: 'interruptRunners' },
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
                guard: 'isFull',
                actions: { type: 'refuseFull', params: ({ event }) => event },
              },
              {
                actions: {
                  type: 'append',
                  params: ({ event: { job, reply } }) => ({
                    transition: { type: 'submitted', jobId: job.jobId, at: job.createdAt, job },
                    reply,
                  }),
                },
              },
            ],
            'job.cancel': [
              {
                guard: { type: 'isInFlight', params: ({ event }) => event },
                actions: { type: 'defer', params: ({ event }) => event },
              },
              {
                guard: { type: 'isQueued', params: ({ event }) => event },
                actions: {
                  type: 'append',
                  params: ({ event: { jobId, at, reply } }) => ({
                    transition: { type: 'cancelled', jobId, at },
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
              actions: [{ type: 'takeBack', params: ({ event }) => event }, 'retryDeferred'],
            },
          },
        },
        closed: {
          description: 'Nothing is taken and nothing is started',
          initial: 'unwritable',
          states: {
            unwritable: {
              description: 'The journal cannot be written; it is tried again from time to time',
              after: { probe: { target: 'unwritable', reenter: true, actions: 'probeJournal' } },
              on: {
                'journal.recovered': { target: '#scheduler.intake.open', actions: 'appendUnwritten' },
              },
            },
            stopping: {
              description: 'The server is about to end, and what runs with it',
              after: { probe: { target: 'stopping', reenter: true, actions: 'probeJournal' } },
              on: {
                'journal.recovered': { actions: 'appendUnwritten' },
                // A start that was in flight when the shutdown came has a runner only now.
                'journal.committed': {
                  actions: [
                    { type: 'applyCommitted', params: ({ event }) => event },
                    'interruptRunners',
                    'retryDeferred',
                  ],
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
            { guard: 'canStart', target: 'busy' },
            { guard: 'somethingRuns', target: 'busy' },
          ],
          on: { 'queue.pause': 'paused' },
        },
        busy: {
          description: 'Something runs',
          always: [
            {
              guard: 'canStart',
              actions: {
                type: 'append',
                params: ({ context }) => ({ transition: startOf(context) }),
              },
            },
            { guard: 'nothingRuns', target: 'idle' },
          ],
          on: { 'queue.pause': 'paused' },
        },
        paused: {
          description: 'Nothing more is started; what runs goes on',
          on: { 'queue.resume': 'idle' },
        },
      },
    },
  },
  on: {
    'journal.committed': { actions: [{ type: 'applyCommitted', params: ({ event }) => event }, 'retryDeferred'] },
    'runner.launched': {
      actions: {
        type: 'appendLaunch',
        params: ({ event: { jobId, run }, context }) => ({ type: 'launched', jobId, at: context.now(), run }),
      },
    },
    'runner.progress': {
      guard: { type: 'isRunning', params: ({ event }) => event },
      actions: { type: 'noteProgress', params: ({ event }) => event },
    },
    'runner.settled': {
      actions: {
        type: 'append',
        params: ({ event: { jobId, outcome }, context }) => ({ transition: endOf(context, jobId, outcome) }),
      },
    },
    'xstate.error.actor.*': {
      guard: { type: 'isRunning', params: ({ event }) => ({ jobId: jobOf(event.actorId) }) },
      actions: {
        type: 'append',
        params: ({ event, context }) => ({ transition: endOf(context, jobOf(event.actorId), lost(event.error)) }),
      },
    },
    'job.stop': {
      guard: { type: 'isRunning', params: ({ event }) => event },
      actions: { type: 'stopRunner', params: ({ event }) => event },
    },
    'history.prune': { actions: { type: 'prune', params: ({ event }) => event } },
  },
});
