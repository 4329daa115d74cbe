import { expect, test } from 'vitest';
import { tasksWithoutResults } from '../../src/scheduler/retries.ts';
import type { FailedOutcome, Outcome } from '../../src/schemas/job/outcome.ts';
import { request } from '../support/requests/request.ts';
import { completedOutcome } from '../support/runs/controlledRuns.ts';

const evidence = { status: 'failed' as const, log: '/l', tail: [] };
const score = { acc: { value: 1, stderr: null, higher_is_better: true, n: 1 } };
const measured = (...tasks: string[]): NonNullable<FailedOutcome['partial']> => ({
  result: {},
  metrics: Object.fromEntries(tasks.map((task) => [task, score])),
  warnings: [],
});
const without = (outcome: Outcome | null) =>
  tasksWithoutResults({ request: request({ tasks: ['a', 'b', 'toString'] }), outcome, parts: [] });

test('a job that completed has results of all tasks, one that measured nothing of none', () => {
  expect(without(completedOutcome)).toEqual([]);
  expect(without(null)).toEqual(['a', 'b', 'toString']);
  expect(without({ ...evidence, kind: 'exited', code: 3 })).toEqual(['a', 'b', 'toString']);
});

test('of a job that failed after it had measured something only the other tasks are without results', () => {
  expect(without({ ...evidence, kind: 'exited', code: 3, partial: measured('b') })).toEqual(['a', 'toString']);
  expect(without({ ...evidence, kind: 'stopped', who: null, partial: measured('a', 'b', 'toString') })).toEqual([]);
});

test('tasks that the job itself says are missing are without results, and no others', () => {
  expect(without({ ...evidence, kind: 'incompleteResults', missing: ['b'], partial: measured('a') })).toEqual(['b']);
});

test('a retry of what is missing repeats the tasks whose samples or answers were at fault, and no other', () => {
  const faulty = { ...evidence, faults: ['the samples file of b: it is missing'], missing: ['b'] };
  expect(without({ ...faulty, kind: 'incompleteResults', partial: measured('a', 'b') })).toEqual(['b']);
  expect(without({ ...faulty, kind: 'failedAnswers', first: null, partial: measured('a', 'b') })).toEqual(['b']);
});

test('numbers of too few answers are never taken for results, however the job that has them failed', () => {
  const partial = { ...measured('a', 'b'), doubted: ['a'] };
  expect(without({ ...evidence, kind: 'exited', code: 3, partial })).toEqual(['a', 'toString']);
  expect(without({ ...evidence, kind: 'incompleteResults', missing: ['toString'], partial })).toEqual([
    'a',
    'toString',
  ]);
});
