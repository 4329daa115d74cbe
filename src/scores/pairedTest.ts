import { mcnemar } from './distributions.ts';
import { type Differences, estimate, intervalOf } from './paired.ts';
import { permutationTest } from './permutation.ts';

/** The 97.5 % point of the normal distribution and its 80 % point: 1.96 + 0.84 (Cohen 1988, "Statistical Power Analysis"). */
const POWER = 2.8;

/**
 * Estimate, interval and test of paired differences, from two pairs or clusters on. Zeros and ones are tested by McNemar, but
 * not in clusters: flips within one are not independent of each other.
 */
export function pairedTest(differences: Differences) {
  const { delta, stderr } = estimate(differences);
  const interval = intervalOf(differences, { delta, stderr });
  const numbers = { delta, stderr, interval, detectable: stderr > 0 ? POWER * stderr : null };
  const { each, sums, areBinary, clusterOf } = differences;
  if (areBinary && clusterOf === null) {
    const up = each.filter((difference) => difference > 0).length;
    const down = each.filter((difference) => difference < 0).length;
    return { ...numbers, test: 'mcnemar' as const, p_value: mcnemar(up, down), permutations: null };
  }
  const { p, permutations } = permutationTest(sums);
  return { ...numbers, test: 'permutation' as const, p_value: p, permutations };
}
