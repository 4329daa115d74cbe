import { expect, test } from 'vitest';
import { compare, flips, run } from './runs.ts';

const [a, b] = flips(150, 20, 5);
const [ofA, ofB] = [run(a), run(b)];
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test.each([
  ['as a double', mean(a), mean(b)],
  ['with four digits', Number(mean(a).toFixed(4)), Number(mean(b).toFixed(4))],
  ['in single precision', Math.fround(mean(a)), Math.fround(mean(b))],
])('a mean is recognised %s', (_, scoreA, scoreB) => {
  expect(compare({ ...ofA, score: scoreA }, { ...ofB, score: scoreB })).toMatchObject({
    verdict: 'better',
    delta: 0.1,
  });
});

test('of scores in per cent all numbers are in per cent', () => {
  const [plain, percent] = [
    compare(ofA, ofB),
    compare({ ...ofA, score: Number((100 * mean(a)).toFixed(2)) }, { ...ofB, score: 100 * mean(b) }),
  ];
  expect(percent).toMatchObject({
    delta: 10,
    p_value: plain.p_value,
    verdict: 'better',
    flips: { better: 20, worse: 5 },
  });
  expect(percent.stderr).toBeCloseTo(100 * (plain.stderr ?? 0), 12);
  expect(percent.detectable).toBeCloseTo(100 * (plain.detectable ?? 0), 12);
  expect(percent.interval?.map((bound) => bound / 100)).toEqual(
    plain.interval?.map((bound) => expect.closeTo(bound, 12)),
  );
  expect(percent.flips?.samples[0]).toMatchObject({ value_a: 0, value_b: 100 });
});

test.each([
  ['by one in the last digit', Number(mean(a).toFixed(4)) + 1e-4],
  ['though an integer is within half a unit', 1],
])('a score that is off is not taken for a mean: %s', (_, score) => {
  expect(compare({ ...ofA, score }, ofB).reason).toBe('no test: the score is not a mean of its samples');
});
