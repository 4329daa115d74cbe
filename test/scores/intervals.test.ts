import { describe, expect, test } from 'vitest';
import { compare, flips, run } from './runs.ts';

const exact = (n: number) => 1 - 0.025 ** (1 / n);

describe('where no pair differs', () => {
  test.each([
    ['zeros and ones', flips(200, 0, 0)[0], undefined, 200, 1],
    ['other values: the range that was seen', [0.1, 0.4, 0.6, 0.3], undefined, 4, 0.5],
    ['clusters, as many as there are', flips(200, 0, 0)[0], (index: number) => String(index % 40), 40, 1],
    ['values that are all the same', [0.5, 0.5, 0.5], undefined, 3, 0.5],
  ])('an interval is not a point, but as wide as none of so many allows: %s', (_, values, cluster, n, range) => {
    const comparison = compare(run(values, cluster), run(values, cluster));
    expect(comparison).toMatchObject({ delta: 0, stderr: 0, p_value: 1, verdict: 'same', reason: null });
    expect(comparison).toMatchObject({ detectable: null, bootstrap: null });
    expect(comparison.interval?.[0]).toBeCloseTo(-range * exact(n), 12);
    expect(comparison.interval?.[1]).toBeCloseTo(range * exact(n), 12);
  });
});

test('where all differences are the same one an interval is not a point either', () => {
  const a = [0.1, 0.2, 0.3, 0.6];
  const { interval, delta, stderr } = compare(run(a), run(a.map((value) => value + 0.25)));
  expect([delta, stderr]).toEqual([expect.closeTo(0.25, 12), 0]);
  // The values go from 0.1 to 0.85: a document that is otherwise could be off by that and by 0.25.
  expect(interval?.[0]).toBeCloseTo(0.25 - exact(4) * 1, 12);
});

test('two pairs that agree have an interval that says next to nothing', () => {
  const [low, high] = compare(run([0.2, 0.4]), run([0.3, 0.5])).interval ?? [0, 0];
  expect(high - low).toBeGreaterThan(0.5);
  const [lowBits] = compare(run([0, 0]), run([1, 1])).interval ?? [0, 0];
  expect(lowBits).toBeLessThan(0);
});

test('where few of many pairs differ an interval is no narrower than what so few allow', () => {
  const a = Array.from({ length: 1000 }, (_, index) => (index % 10) / 10);
  const b = a.map((value, index) => (index === 500 ? value - 0.001 : value));
  const { interval, stderr } = compare(run(a), run(b.with(500, (b[500] ?? 0) + 0.002)));
  expect(stderr).toBeCloseTo(1e-6, 9);
  // One of 1,000 was seen: up to 5.56 of 1,000 are not excluded (Clopper and Pearson), each by the range of 0.9.
  expect(interval?.[1]).toBeCloseTo(0.9 * (0.005_559 - 0.001), 5);
});

/** Chance of so many flips up and down among n, by the multinomial distribution. */
function chanceOf(up: number, down: number, n: number, shareUp: number, shareDown: number): number {
  let log = (n - up - down) * Math.log1p(-shareUp - shareDown);
  for (let k = 0; k < up; k += 1) log += Math.log(((n - k) * shareUp) / (k + 1));
  for (let k = 0; k < down; k += 1) log += Math.log(((n - up - k) * shareDown) / (k + 1));
  return Math.exp(log);
}

/** How often an interval holds the true difference where so many flips are expected: not drawn, but added up. */
function coverage(intervalOf: (up: number, down: number) => [number, number], n: number, up: number, down: number) {
  let held = 0;
  for (let ups = 0; ups <= 8 * up + 12; ups += 1)
    for (let downs = 0; downs <= 8 * down + 12; downs += 1) {
      const [low, high] = intervalOf(ups, downs);
      const difference = (up - down) / n;
      const isHeld = low - 1e-12 <= difference && difference <= high + 1e-12;
      if (isHeld) held += chanceOf(ups, downs, n, up / n, down / n);
    }
  return held;
}

test.each([
  [1, 1],
  [2, 0.5],
  [4, 0.001],
  [3, 3],
  [5, 1],
  [8, 4],
])(
  'the interval of zeros and ones holds the true difference in 93 % and more, though only %d and %d of 200 flip',
  (up, down) => {
    const ofFlips = (ups: number, downs: number) => {
      const [a, b] = flips(200, ups, downs);
      return compare(run(a), run(b)).interval ?? [Number.NaN, Number.NaN];
    };
    expect(coverage(ofFlips, 200, up, down)).toBeGreaterThan(0.93);
  },
);

test('an interval by the t distribution would hold it in 86 % there: why zeros and ones have another', () => {
  const byT = (ups: number, downs: number): [number, number] => {
    const [n, delta] = [200, (ups - downs) / 200];
    const half = 1.972 * Math.sqrt((ups + downs - n * delta ** 2) / (n * (n - 1)));
    return [delta - half, delta + half];
  };
  expect(coverage(byT, 200, 2, 0.5)).toBeCloseTo(0.863, 3);
});

test('clusters in each of which all differences cancel each other have no interval that is a point', () => {
  const cluster = (index: number) => ['v', 'v', 'w'][index] ?? null;
  const { interval, stderr } = compare(run([0, 0.5, 0.5], cluster), run([0.5, 0, 0.5], cluster));
  expect(stderr).toBe(0);
  expect(interval?.[1]).toBeCloseTo(0.5 * exact(2), 12);
});
