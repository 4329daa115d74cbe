import { errorMessage } from '../../errors.ts';
import { schedulerSetup } from './schedulerSetup.ts';

/**
 * Dispatch while no run can be launched, by a fault of the server or of its engine. The jobs that met the fault stay
 * unlaunched.
 *
 * It waits (`waiting`), ever longer, up to a minute; then it is asked whether a run could be launched (`probing`). If so,
 * the first of the unlaunched jobs tries (`trying`), and when its run is launched all the others do.
 */
export const blockedDispatch = schedulerSetup.createStateConfig({
  description: 'No run can be launched, by a fault of the server or of its engine; what runs goes on',
  entry: 'tellBlocked',
  exit: 'tellUnblocked',
  always: { guard: 'isUnblocked', target: 'idle', actions: 'retryUnlaunched' },
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
          // What could not be launched is the next server's.
          { guard: 'isStopping', target: 'waiting' },
          { guard: 'isSomeUnlaunched', target: 'trying' },
          { target: '#scheduler.dispatch.idle', actions: 'noteNoFault' },
        ],
        onError: {
          target: 'waiting',
          actions: { type: 'noteFault', params: ({ event }) => ({ reason: errorMessage(event.error) }) },
        },
      },
    },
    trying: {
      description: 'The first of the unlaunched jobs launches its run, or not',
      entry: 'retryFirst',
      always: { guard: 'isTryOver', target: 'waiting' },
    },
  },
  on: {
    'queue.resumed': { target: '.probing', actions: { type: 'notePause', params: ({ event }) => event } },
  },
});
