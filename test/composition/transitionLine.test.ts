import { expect, test } from 'vitest';
import { transitionLine } from '../../src/composition/transitionLine.ts';
import type { Transition } from '../../src/machines/ports/journal.ts';

const common = { jobId: 'j', at: 0 };

test.each<[Transition, string]>([
  [{ ...common, type: 'started' }, 'job j started'],
  [{ ...common, type: 'started', devices: ['2', '3'] }, 'job j started: devices 2 3'],
  [{ ...common, type: 'placed', place: { node: 'n2', at: 0 } }, 'job j placed: on n2'],
  [{ ...common, type: 'cancelled', who: 'ana', notify: [] }, 'job j cancelled by ana'],
  [{ ...common, type: 'cancelled', who: null, notify: [] }, 'job j cancelled'],
])('a line of the log says what happened to a job, on which node, and by whom: %j', (transition, line) => {
  expect(transitionLine(transition)).toBe(line);
});
