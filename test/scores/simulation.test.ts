import { describe, expect, test } from 'vitest';
import { differencesOf } from '../../src/scores/paired.ts';
import { pairedTest } from '../../src/scores/pairedTest.ts';
import { seeded } from '../support/seeded.ts';
import { type Design, designs } from './designs.ts';
import { scoredPairs } from './runs.ts';

/** Of 10,000 repetitions a share of 5 % is off by 0.2 points (one standard deviation), of 5,000 one of 80 % by 0.6. */
const WITHOUT_DIFFERENCE = 10_000;
const WITH_DIFFERENCE = 5_000;

function simulate({ draw, cluster }: Design, difference: number, repetitions: number, seed: number) {
  const random = seeded(seed);
  const shares = { rejected: 0, covered: 0, detectable: 0 };
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const [a, b] = draw(random, difference);
    const { p_value, interval, detectable } = pairedTest(differencesOf(scoredPairs(a, b, cluster), 1));
    const [low, high] = interval;
    if (p_value <= 0.05) shares.rejected += 1 / repetitions;
    if (low <= difference && difference <= high) shares.covered += 1 / repetitions;
    shares.detectable += (detectable ?? Number.NaN) / repetitions;
  }
  return shares;
}

describe.each(Object.entries(designs))('runs of %s', (name, design) => {
  test(`without a difference, a test at 5 % finds one in 4 to 6 % of runs of ${name}, and intervals cover in 94 to 96 %`, () => {
    const { rejected, covered } = simulate(design, 0, WITHOUT_DIFFERENCE, 1);
    expect(rejected).toBeGreaterThan(0.04);
    expect(rejected).toBeLessThan(0.06);
    expect(covered).toBeGreaterThan(0.94);
    expect(covered).toBeLessThan(0.96);
  });

  test(`the difference that is said to be detectable is found in 78 to 82 % of runs of ${name}, and intervals cover it in 94 to 96 %`, () => {
    const { rejected, covered, detectable } = simulate(design, design.detectable, WITH_DIFFERENCE, 2);
    expect(detectable / design.detectable).toBeCloseTo(1, 1);
    expect(rejected).toBeGreaterThan(0.78);
    expect(rejected).toBeLessThan(0.82);
    expect(covered).toBeGreaterThan(0.94);
    expect(covered).toBeLessThan(0.96);
  });
});
