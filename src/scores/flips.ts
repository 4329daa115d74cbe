import type { TaskComparison } from '../schemas/scores/comparison.ts';
import type { ScoredPair } from './pairing.ts';

/** Pairs that are shown. */
const SHOWN = 200;

type Flips = NonNullable<TaskComparison['flips']>;

/**
 * How pairs differ, and those that do so most.
 * @param higherIsBetter null: not known, then the higher value counts as the better one.
 */
export function flipsOf(pairs: readonly ScoredPair[], higherIsBetter: boolean | null): Flips {
  const differing = pairs.filter((pair) => size(pair) > 0);
  const rising = differing.filter(({ a, b }) => b.value > a.value).length;
  const better = higherIsBetter === false ? differing.length - rising : rising;
  const samples = largest(differing).map(({ a, b }) => ({
    ...{ doc_id: a.id, index_a: a.index, index_b: b.index, value_a: a.value, value_b: b.value },
  }));
  return { better, worse: differing.length - better, equal: pairs.length - differing.length, samples };
}

const size = ({ a, b }: ScoredPair) => Math.abs(b.value - a.value);

function largest(differing: readonly ScoredPair[]): ScoredPair[] {
  // A sort of pairs takes ten times as long as one of numbers.
  const least = Float64Array.from(differing, size).sort().at(-SHOWN) ?? 0;
  const above = differing.filter((pair) => size(pair) > least);
  above.sort((one, other) => size(other) - size(one) || one.a.index - other.a.index);
  const equal = differing.filter((pair) => size(pair) === least);
  return [...above, ...equal].slice(0, SHOWN);
}

/** The same in the unit of the score. */
export function scaled(flips: Flips, scale: number): Flips {
  const samples = flips.samples.map((flip) => ({
    ...flip,
    value_a: scale * flip.value_a,
    value_b: scale * flip.value_b,
  }));
  return { ...flips, samples };
}
