import { expect, test } from 'vitest';
import { scoreInterval } from '../../src/scores/band.ts';

const close = (low: number, high: number) => [expect.closeTo(low, 6), expect.closeTo(high, 6)];

test('a mean of zeros and ones has the interval of Wilson, in the unit of the score', () => {
  const stderr = Math.sqrt((0.7 * 0.3) / 9);
  // 7 of 10, as in Brown, Cai and DasGupta 2001.
  expect(scoreInterval({ value: 0.7, stderr, n: 10 })).toEqual(close(0.396_778, 0.892_208_7));
  expect(scoreInterval({ value: 70, stderr: 100 * stderr, n: 10 })).toEqual(close(39.677_814_7, 89.220_873_3));
  expect(scoreInterval({ value: 0.7, stderr: Number(stderr.toFixed(4)), n: 10 })).toEqual(
    close(0.396_778, 0.892_208_7),
  );
});

test.each([
  [0, [0, 0.561_497]],
  [1, [0.438_502_97, 1]],
  [100, [43.850_296_8, 100]],
])('a score of %d with a standard error of 0 on 3 samples is not certain', (value, [low, high]) => {
  expect(scoreInterval({ value, stderr: 0, n: 3 })).toEqual(close(low ?? 0, high ?? 0));
});

test.each([
  ['partial credit, which is spread less', { value: 0.7, stderr: 0.12, n: 10 }],
  ['a value outside of 0 to 1', { value: 1342.5, stderr: 20, n: 100 }],
  ['an unknown number of samples', { value: 0.7, stderr: Math.sqrt(0.21 / 9), n: null }],
])('another score has 1.96 standard errors each way: %s', (_, score) => {
  const [low, high] = [score.value - 1.959_963_985 * score.stderr, score.value + 1.959_963_985 * score.stderr];
  expect(scoreInterval(score)).toEqual(close(low, high));
});

test.each([
  ['a value', { value: null, stderr: 0.1, n: 10 }],
  ['a standard error', { value: 0.5, stderr: null, n: 10 }],
  ['a spread, of what is not zeros and ones', { value: 0.5, stderr: 0, n: 10 }],
  ['samples that are known, with a standard error of 0', { value: 1, stderr: 0, n: null }],
])('there is no interval without %s', (_, score) => {
  expect(scoreInterval(score)).toBeNull();
});
