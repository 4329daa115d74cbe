import { expect, test } from 'vitest';
import { adjustAll, compareScores } from '../../src/scores/compare.ts';
import { compare, compared, flips, run } from './runs.ts';

test('zeros and ones are tested by McNemar, exactly, and their numbers are those worked out by hand', () => {
  const [a, b] = flips(100, 12, 3);
  const comparison = compare(run(a), run(b));
  // 2·(C(15,0) + C(15,1) + C(15,2) + C(15,3)) / 2^15 = 2·576/32768; SE² = (15 − 100·0.09²) / (100·99).
  expect(comparison).toMatchObject({ delta: 0.09, test: 'mcnemar', p_value: 0.03515625, verdict: 'better' });
  expect(comparison.stderr).toBeCloseTo(Math.sqrt((15 - 0.81) / 9900), 14);
  expect(comparison.detectable).toBeCloseTo(2.8 * Math.sqrt((15 - 0.81) / 9900), 14);
  expect(comparison).toMatchObject({ bootstrap: null, permutations: null, clusters: null, reason: null });
  expect(comparison.flips).toMatchObject({ better: 12, worse: 3, equal: 85 });
});

test('the direction of the metric says which flips are better', () => {
  const [a, b] = flips(100, 12, 3);
  const lower = compare(run(a), run(b), { higherIsBetter: false });
  expect(lower).toMatchObject({ delta: 0.09, verdict: 'worse', flips: { better: 3, worse: 12 } });
});

test('a difference within chance is inconclusive, and it is said how large one would be found', () => {
  const [a, b] = flips(100, 6, 3);
  expect(compare(run(a), run(b))).toMatchObject({
    verdict: 'inconclusive',
    reason: 'the difference of 0.03 can be chance: p = 0.508; a true difference of 0.084 is found four times of five',
  });
});

test('values other than zeros and ones are tested by 10,000 permutations, and have a bootstrap interval', () => {
  const a = Array.from({ length: 50 }, (_, index) => (index % 10) / 10);
  const b = a.map((value, index) => value + (index % 3 === 0 ? 0.2 : 0.05));
  const comparison = compare(run(a), run(b));
  expect(comparison).toMatchObject({
    test: 'permutation',
    permutations: 10_000,
    p_value: 1 / 10_001,
    verdict: 'better',
  });
  const [low, high] = comparison.bootstrap ?? [0, 0];
  expect(low).toBeGreaterThan(0.08);
  expect(high).toBeLessThan(0.125);
});

test('zeros and ones in clusters are tested by flipping whole clusters, for flips within one are not independent', () => {
  // Ten videos of ten questions; in two of them all questions flip: by McNemar p would be 2e-6.
  const a = Array.from({ length: 100 }, (_, index) => (index < 20 ? 0 : 1));
  const b = a.map(() => 1);
  const cluster = (index: number) => `video${Math.floor(index / 10)}`;
  const comparison = compare(run(a, cluster), run(b, cluster));
  expect(comparison).toMatchObject({ test: 'permutation', clusters: 10, verdict: 'inconclusive' });
  expect(comparison.p_value).toBeCloseTo(0.5, 1);
  // SE² = 10/9 · (2·(10−2)² + 8·(0−2)²) / 100²
  expect(comparison.stderr).toBeCloseTo(Math.sqrt((10 / 9) * (2 * 64 + 8 * 4)) / 100, 14);
});

test('clusters of one document each change nothing but the test', () => {
  const [a, b] = flips(80, 30, 12);
  const [plain, clustered] = [compare(run(a), run(b)), compare(run(a, String), run(b, String))];
  expect(clustered.stderr).toBeCloseTo(plain.stderr ?? 0, 14);
  expect(clustered.p_value).toBeCloseTo(plain.p_value ?? 0, 2);
});

test('the 200 largest differences are shown, the largest first, with where they stand', () => {
  const a = Array.from({ length: 300 }, () => 0);
  const b = a.map((_, index) => ((index * 7) % 300) / 300);
  const { flips: found } = compare(run(a), run(b));
  expect(found).toMatchObject({ better: 299, worse: 0, equal: 1 });
  expect(found?.samples).toHaveLength(200);
  expect(found?.samples[0]).toEqual({ doc_id: '257', index_a: 257, index_b: 257, value_a: 0, value_b: 299 / 300 });
  expect(found?.samples.map(({ value_b }) => value_b)).toEqual(
    Array.from({ length: 200 }, (_, rank) => (299 - rank) / 300),
  );
});

test('the tests of one answer are adjusted to each other: three of p = 0.035 are none that is found', () => {
  const [a, b] = flips(100, 12, 3);
  const [same] = flips(100, 0, 0);
  const one = compareScores(run(a), run(b), compared);
  const untested = compareScores({ ...run(a), score: null }, run(b), compared);
  const all = adjustAll([one, compareScores(run(same), run(same), compared), untested, one]);
  expect(all.map(({ p_adjusted, verdict }) => [p_adjusted, verdict])).toEqual([
    [3 * 0.03515625, 'inconclusive'],
    [1, 'same'],
    [null, null],
    [3 * 0.03515625, 'inconclusive'],
  ]);
  expect(all[0]?.reason).toContain('p = 0.105, adjusted for 3 tests;');
});

test('a comparison of which too few samples are paired is no part of the adjustment', () => {
  const [a, b] = flips(100, 12, 3);
  const few = compareScores(run(a), run(b.slice(0, 50)), compared);
  const [one, other] = adjustAll([compareScores(run(a), run(b), compared), few]);
  expect([one?.p_adjusted, other?.p_adjusted, other?.verdict]).toEqual([0.03515625, null, 'inconclusive']);
});
