import { expect, test } from 'vitest';
import { compareScores } from '../../src/scores/compare.ts';
import { expectWithin } from '../support/measuring/least.ts';
import { processorTime } from '../support/processorTime.ts';
import { seeded } from '../support/seeded.ts';
import { compared, runOf, samplesOf } from './runs.ts';

const N = 1_000_000;
/** Milliseconds of the processor: four times what was measured while the machine did nothing else. */
const MOST = 15_000;

test.each([
  ['zeros and ones', (random: () => number) => (random() < 0.5 ? 0 : 1), null, 'mcnemar'],
  ['other values', (random: () => number) => random(), null, 'permutation'],
  ['other values in clusters', (random: () => number) => random(), 50_000, 'permutation'],
] as const)('two runs of a million samples are compared in seconds: %s', async (_, value, clusters, name) => {
  const random = seeded(3);
  const [a, b] = [0, 0.01].map((gain) => {
    const values = Array.from({ length: N }, () => value(random)).map((of) => (random() < gain ? 1 : of));
    return runOf(samplesOf(values, (index) => ({ cluster: clusters === null ? null : `c${index % clusters}` })));
  });
  if (a === undefined || b === undefined) throw new Error('two runs were made');
  let comparison = compareScores(runOf([]), runOf([]), compared);
  await expectWithin(MOST, 'processor', () =>
    processorTime(() => {
      comparison = compareScores(a, b, compared);
    }),
  );
  expect(comparison).toMatchObject({ n_paired: N, test: name, clusters });
  expect(comparison.permutations).toBe(name === 'permutation' ? 10_000 : null);
});
