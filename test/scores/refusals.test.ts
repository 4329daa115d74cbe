import { expect, test } from 'vitest';
import type { ScoredRun } from '../../src/scores/samples.ts';
import { compare, run, runOf, samplesOf } from './runs.ts';

const values = Array.from({ length: 100 }, (_, index) => (index % 4 === 0 ? 0 : 1));
const whole = run(values);
const better = run(values.map((value, index) => (index < 40 ? 1 : value)));
const none: ScoredRun = { score: 0.5, stderr: null, n: 100, samples: null, reason: null };
const twice = (value: number) => [...samplesOf(values), ...samplesOf([value]).map((row) => ({ ...row, index: 100 }))];
const other = runOf(samplesOf(values, (index) => ({ id: `other${index}` })));
const oneCluster = run(values, () => 'the video');

const nothing = {
  ...{ delta: null, stderr: null, interval: null, bootstrap: null, test: null, p_value: null, p_adjusted: null },
  ...{ permutations: null, detectable: null, verdict: null },
};

test.each<[string, ScoredRun, ScoredRun, string]>([
  ['no samples', none, whole, 'no test: the baseline has no samples'],
  [
    'no samples any more',
    whole,
    { ...none, reason: 'they were pruned' },
    'no test: the candidate has no samples: they were pruned',
  ],
  ['a score that is no mean', { ...whole, score: 0.6123 }, better, 'no test: the score is not a mean of its samples'],
  ['a sum as score', whole, { ...better, score: 85 * 3 }, 'no test: the score is not a mean of its samples'],
  [
    'means in two units',
    { ...whole, score: 75 },
    better,
    'no test: one score is the mean of its samples and the other 100 times it, so that they are in two units',
  ],
  // The sum of these is beyond a double, and so are the squares of those.
  [
    'values that cannot be added up',
    whole,
    { ...run(values), ...{ score: 1.7e308, samples: samplesOf(values.map(() => 1.7e308)) } },
    'no test: the score is not a mean of its samples',
  ],
  [
    'values whose squares are too large',
    run(values.map((value) => value * 1e200)),
    run(values.map((value) => value * -1e200)),
    'no test: its values are too large to be computed with',
  ],
  ['an infinite score', { ...whole, score: null }, better, 'no test: the score of the baseline is not finite'],
  ['a score that is none', whole, { ...better, score: null }, 'no test: the score of the candidate is not finite'],
  [
    'two unequal rows of a document',
    runOf(twice(1)),
    better,
    'no test: the baseline has unequal samples of document 0',
  ],
  ['such rows in the candidate', whole, runOf(twice(1)), 'no test: the candidate has unequal samples of document 0'],
  [
    'no value in the baseline',
    runOf(samplesOf(values.map(() => null)), { score: 0 }),
    better,
    'no test: no sample of the baseline has a value',
  ],
  [
    'no value in the candidate',
    whole,
    runOf(samplesOf(values.map(() => null)), { score: 0 }),
    'no test: no sample of the candidate has a value',
  ],
  [
    'no document in common',
    whole,
    other,
    'no test: no sample of the baseline is the same document as one of the candidate',
  ],
  ['one pair', run([1]), run([0]), 'no test: 1 sample is paired, and 2 are the least'],
  ['one cluster', oneCluster, better, 'no test: all pairs are of one cluster, and 2 are the least'],
])('a comparison with %s has no test and no verdict, and says why', (_, a, b, reason) => {
  expect(compare(a, b)).toMatchObject({ ...nothing, reason });
});

test('a comparison without a test still has the difference of the scores and the flips', () => {
  const comparison = compare({ ...whole, score: 30 }, { ...better, score: 31.5 });
  expect(comparison).toMatchObject({ difference: 1.5, n_a: 100, n_b: 100, n_paired: 100 });
  expect(comparison.flips).toMatchObject({ better: 10, worse: 0, equal: 90 });
  expect(comparison.warnings).toEqual([
    'the baseline reports 30, and its samples have a mean of 0.75',
    'the candidate reports 31.5, and its samples have a mean of 0.85',
  ]);
});

test('scores in two units have no difference', () => {
  expect(compare({ ...whole, score: 75 }, better).difference).toBeNull();
});

test('there is no verdict where it is not known whether higher is better, though there is a test', () => {
  const comparison = compare(whole, better, { higherIsBetter: null });
  expect(comparison).toMatchObject({ verdict: null, reason: 'no verdict: it is not known whether higher is better' });
  expect(comparison).toMatchObject({ test: 'mcnemar', p_value: 2 ** -9, p_adjusted: 2 ** -9 });
});

test('a comparison is inconclusive where fewer than 95 % of the samples of either run are paired, unless that is allowed', () => {
  const part = runOf((better.samples ?? []).slice(0, 94));
  const reason = 'only 94 of 100 samples are paired (94 %), and 95 % are the least unless allow_unpaired is true';
  const few = { verdict: 'inconclusive', reason, n_a: 100, n_b: 94, n_paired: 94, p_adjusted: null };
  expect(compare(whole, part)).toMatchObject(few);
  expect(compare(part, whole)).toMatchObject({ ...few, n_a: 94, n_b: 100 });
  expect(compare(whole, part, { allowUnpaired: true })).toMatchObject({ verdict: 'better', reason: null });
  const enough = runOf((better.samples ?? []).slice(0, 95));
  expect(compare(whole, enough)).toMatchObject({ verdict: 'better', n_paired: 95 });
});

test('samples of the same id are no pair where they are another document', () => {
  const moved = runOf(samplesOf(values, (index) => (index < 3 ? { docHash: 'another' } : {})));
  expect(compare(whole, moved)).toMatchObject({
    n_paired: 97,
    warnings: ['3 samples have the same id in both and another document: no pair'],
  });
  const unknown = runOf(samplesOf(values, () => ({ docHash: null })));
  expect(compare(whole, unknown)).toMatchObject({ n_paired: 100, warnings: [] });
});

test('samples of the same document are a pair though their prompts differ, with a warning', () => {
  const asked = runOf(samplesOf(values, (index) => (index === 0 ? { promptHash: 'another' } : {})));
  expect(compare(whole, asked)).toMatchObject({
    n_paired: 100,
    warnings: ['1 pair has another prompt in the candidate'],
  });
});

test('equal rows of a document are one sample, whether the harness averaged them or not', () => {
  expect(compare(runOf(twice(0)), better)).toMatchObject({ n_a: 100, n_paired: 100, verdict: 'better' });
  const averagedOnce = runOf(twice(0), { score: 0.75 });
  expect(compare(averagedOnce, better)).toMatchObject({ n_a: 100, n_paired: 100, verdict: 'better' });
});

test('a sample without a value is missing and not wrong, and the bounds say what it could have changed', () => {
  const gaps = run(values.map((value, index) => (index < 2 ? null : value)));
  expect(compare(whole, gaps)).toMatchObject({
    ...{ n_a: 100, n_b: 98, n_paired: 98, delta: 0, verdict: 'same' },
    // Of the two documents one is 0 and one is 1 in the baseline.
    missing: { a: 0, b: 2, bounds: [-0.01, 0.01] },
    warnings: ['2 samples of the candidate without a value'],
  });
  expect(compare(gaps, gaps).missing).toEqual({ a: 2, b: 2, bounds: [-0.02, 0.02] });
});

test('the bounds of other values than zeros and ones go by the range that was seen', () => {
  const a = run([2, 4, 6, null]);
  const b = run([3, 4, 7, 5]);
  expect(compare(a, b).missing?.bounds).toEqual([(1 + 1 - 2) / 4, (1 + 1 + 3) / 4]);
  expect(compare(a, run([3, 4, 7, null])).missing?.bounds).toEqual([(2 - 5) / 4, (2 + 5) / 4]);
});

test('a score that counts missing samples as 0 is recognised, and is compared without them', () => {
  const gaps = values.map((value, index) => (index === 1 ? null : value));
  const counted = runOf(samplesOf(gaps), { score: 0.74 });
  expect(compare(counted, better)).toMatchObject({
    ...{ n_a: 99, n_paired: 99, verdict: 'better' },
    warnings: [
      '1 sample of the baseline without a value',
      'the score of the baseline counts samples without a value as 0; the test leaves them out',
    ],
  });
});

test('fewer than 30 clusters are named as few, and a pair without a cluster is taken as one of its own', () => {
  const clustered = run(values, (index) => (index < 90 ? `video${index % 10}` : null));
  expect(compare(clustered, better)).toMatchObject({
    clusters: 20,
    warnings: [
      '20 clusters: with fewer than 30 the standard error tends to be too small',
      '10 pairs have no cluster: each is taken as one of its own',
    ],
  });
});
