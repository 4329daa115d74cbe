import { expect, test } from 'vitest';
import { tasksWithoutResults } from '../../src/machines/retries.ts';
import type { FailedOutcome } from '../../src/schemas/outcome.ts';
import { request } from '../support/request.ts';

const asked = request({ tasks: ['a', 'b', 'c'] });
const tail = { log: '/log', tail: [] };

test('A retry of what is missing repeats the tasks whose samples or answers were at fault, and no other', () => {
  const incomplete: FailedOutcome = {
    status: 'failed',
    kind: 'incompleteResults',
    missing: ['b'],
    faults: ['the samples file of b: it is missing'],
    ...tail,
  };
  expect(tasksWithoutResults({ request: asked, outcome: incomplete })).toEqual(['b']);
  const failed: FailedOutcome = {
    status: 'failed',
    kind: 'failedAnswers',
    missing: ['c'],
    faults: ['3 of 8'],
    first: null,
    ...tail,
  };
  expect(tasksWithoutResults({ request: asked, outcome: failed })).toEqual(['c']);
});
