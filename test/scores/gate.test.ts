import { expect, test } from 'vitest';
import { gateAnswerSchema, taskPolicySchema } from '../../src/schemas/scores/gate.ts';
import { gateTask, gateVerdict } from '../../src/scores/gate.ts';
import type { ScoredRun } from '../../src/scores/samples.ts';
import { compare, flips, run } from './runs.ts';

const policy = (max_drop: number, tier = 'critical') => taskPolicySchema.parse({ max_drop, tier });
const pair = (up: number, down: number): [ScoredRun, ScoredRun] => {
  const [a, b] = flips(1000, up, down);
  return [run(a), run(b)];
};
const gate = (maxDrop: number, a: ScoredRun, b: ScoredRun, rest: Parameters<typeof compare>[2] = {}) => {
  const task = gateTask('docvqa', policy(maxDrop), compare(a, b, rest));
  gateAnswerSchema.shape.tasks.parse([task]);
  return [task.verdict, task.reason];
};

test('a task passes that for sure lost less than it may', () => {
  expect(gate(0.02, ...pair(20, 20))).toEqual(['pass', 'It loses 0.0129 at most, and may lose 0.02.']);
  expect(gate(0, ...pair(60, 20))).toEqual(['pass', 'It gains 0.0231 at least, and may lose 0.']);
});

test('a task fails that for sure lost more than it may', () => {
  expect(gate(0.01, ...pair(10, 60))).toEqual(['fail', 'It loses 0.0347 at least, and may lose 0.01.']);
});

test('a task is inconclusive of which neither is sure, though its difference is no news', () => {
  expect(gate(0.01, ...pair(20, 20))).toEqual([
    'inconclusive',
    'It changes by something from -0.0129 to 0.0129 for the better, and may lose 0.01.',
  ]);
});

test('a task in which nothing changed is held against what so many samples exclude', () => {
  expect(gate(0.005, ...pair(0, 0))[0]).toBe('pass');
  expect(gate(0.003, ...pair(0, 0))[0]).toBe('inconclusive');
  expect(gate(0, ...pair(0, 0))[0]).toBe('inconclusive');
});

test('of a metric of which lower is better a rise is a loss', () => {
  expect(gate(0.01, ...pair(60, 10), { higherIsBetter: false })[0]).toBe('fail');
  expect(gate(0.01, ...pair(10, 60), { higherIsBetter: false })[0]).toBe('pass');
});

test('a task of which nothing can be said is inconclusive, and says why', () => {
  const [a, b] = pair(60, 10);
  expect(gate(0.01, { ...a, score: 12 }, b)).toEqual([
    'inconclusive',
    'It cannot be judged: no test: the score is not a mean of its samples.',
  ]);
  expect(gate(0.01, a, run(flips(1000, 60, 10)[1].slice(0, 900)))).toEqual([
    'inconclusive',
    'It cannot be judged: only 900 of 1000 samples are paired (90 %), and 95 % are the least unless allow_unpaired is true.',
  ]);
  expect(gate(0.01, a, b, { higherIsBetter: null })).toEqual([
    'inconclusive',
    'It cannot be judged: it is not known whether higher is better.',
  ]);
});

test('a missing task fails', () => {
  expect(gateTask('docvqa', taskPolicySchema.parse({ max_drop: 0.01, metric: 'anls' }), null)).toEqual({
    ...{ task: 'docvqa', metric: 'anls', filter: null, tier: 'critical', max_drop: 0.01, verdict: 'fail' },
    reason: 'docvqa is missing: the two runs have no such score in common.',
    comparison: null,
  });
});

test.each([
  ['critical', 'fail', 'fail'],
  ['critical', 'inconclusive', 'inconclusive'],
  ['supporting', 'fail', 'fail'],
  ['supporting', 'inconclusive', 'pass'],
  ['advisory', 'fail', 'pass'],
  ['advisory', 'inconclusive', 'pass'],
] as const)('a gate of which a %s task is %s is %s', (tier, verdict, whole) => {
  const passed = { tier: 'critical', verdict: 'pass' } as const;
  expect(gateVerdict([passed, { tier, verdict }, passed])).toBe(whole);
});

test('a gate that fails by one task and is inconclusive by another fails', () => {
  const tasks = [
    { tier: 'critical', verdict: 'inconclusive' },
    { tier: 'supporting', verdict: 'fail' },
  ] as const;
  expect(gateVerdict(tasks)).toBe('fail');
});
