import type { TaskComparison } from '../schemas/scores/comparison.ts';
import { LEVEL } from './distributions.ts';

/**
 * Adjusts the tests of one answer to each other, and gives the verdicts that go by them. Comparisons without a test, and those
 * of which too few samples are paired, stay as they are: nothing is decided by their p.
 * @param comparisons of compareScores, each once.
 */
export function adjustAll(comparisons: readonly TaskComparison[]): TaskComparison[] {
  const adjusted = holm(comparisons.filter(isTested).map(({ p_value }) => p_value));
  let next = 0;
  return comparisons.map((comparison) => {
    if (!isTested(comparison)) return comparison;
    const p = adjusted[next] ?? comparison.p_value;
    next += 1;
    const withP = { ...comparison, p_adjusted: p };
    return comparison.higher_is_better === null ? withP : { ...withP, ...verdictOf(comparison, p, adjusted.length) };
  });
}

type Tested = TaskComparison & { p_value: number; delta: number };

const isTested = (comparison: TaskComparison): comparison is Tested =>
  comparison.p_value !== null && !(comparison.verdict === 'inconclusive' && comparison.p_adjusted === null);

/**
 * p adjusted for many tests: the chance that any one of them is a false alarm stays at the level.
 * Source: Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure".
 */
export function holm(values: readonly number[]): number[] {
  const ordered = values.map((p, index) => ({ p, index })).sort((one, other) => one.p - other.p);
  const adjusted = values.slice();
  let most = 0;
  for (const [rank, { p, index }] of ordered.entries()) {
    most = Math.max(most, Math.min(1, (values.length - rank) * p));
    adjusted[index] = most;
  }
  return adjusted;
}

/** By the adjusted p, and the direction of the metric. */
function verdictOf(
  { flips, delta, higher_is_better, detectable }: Tested,
  p: number,
  tests: number,
): Pick<TaskComparison, 'verdict' | 'reason'> {
  if (flips !== null && flips.better + flips.worse === 0) return { verdict: 'same', reason: null };
  if (p <= LEVEL) return { verdict: delta > 0 === higher_is_better ? 'better' : 'worse', reason: null };
  const adjusted = tests > 1 ? `, adjusted for ${tests} tests` : '';
  const finds = detectable === null ? '' : `; a true difference of ${digits(detectable)} is found four times of five`;
  const reason = `the difference of ${digits(delta)} can be chance: p = ${digits(p)}${adjusted}${finds}`;
  return { verdict: 'inconclusive', reason };
}

/** A number with three significant digits. */
export const digits = (number: number): string => String(Number(number.toPrecision(3)));
