import { blockedDispatch } from './blockedDispatch.ts';
import { startOfNext } from './decisions.ts';
import { schedulerSetup } from './schedulerSetup.ts';

/** When the head of the queue is started: whenever a slot is free, unless the queue is paused or no run can be launched. */
export const dispatchRegion = schedulerSetup.createStateConfig({
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
      on: { 'queue.paused': { target: 'paused', actions: { type: 'notePause', params: ({ event }) => event } } },
    },
    busy: {
      description: 'Something runs',
      always: [
        { guard: 'isBlocked', target: 'blocked' },
        { guard: 'canStart', actions: { type: 'append', params: ({ context }) => startOfNext(context) } },
        { guard: 'nothingRuns', target: 'idle' },
      ],
      on: { 'queue.paused': { target: 'paused', actions: { type: 'notePause', params: ({ event }) => event } } },
    },
    paused: {
      description: 'Nothing more is started; what runs goes on',
      always: { guard: 'isBlocked', target: 'blocked' },
      on: { 'queue.resumed': { target: 'idle', actions: { type: 'notePause', params: ({ event }) => event } } },
    },
    blocked: blockedDispatch,
  },
});
