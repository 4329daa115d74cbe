import type { Flip, TaskComparison } from '../../../client/index.ts';
import type { FlipFilter } from './address.ts';

/** Flips by what became of them. Where no direction is known, better is higher. */
export function flipsOf(
  { flips, higher_is_better: isHigher }: Pick<TaskComparison, 'flips' | 'higher_is_better'>,
  filter: FlipFilter,
): (Flip & { isBetter: boolean })[] {
  const isBetter = ({ value_a, value_b }: Flip) => (isHigher === false ? value_b < value_a : value_b > value_a);
  return (flips?.samples ?? [])
    .map((flip) => ({ ...flip, isBetter: isBetter(flip) }))
    .filter((flip) => filter === 'all' || flip.isBetter === (filter === 'better'));
}
