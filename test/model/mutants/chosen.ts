import type { AnyStateMachine } from 'xstate';
import { seeded } from '../../support/seeded.ts';
import { type Mutation, mutationsOf } from './mutations.ts';

/** How a mutant is named from one process to another: its chart and its place among the mutations of that chart. */
export type MutantId = `${string}:${number}`;

export type Mutant = Mutation & { chart: string; id: MutantId };

/**
 * As many mutants as asked, of every kind and of every chart by turns, picked by a seed. The same seed picks the same.
 */
export function choose(charts: readonly AnyStateMachine[], seed: number, count: number): Mutant[] {
  const random = seeded(seed);
  const all = charts.flatMap((chart) =>
    mutationsOf(chart).map((mutation, index): Mutant => ({ ...mutation, chart: chart.id, id: `${chart.id}:${index}` })),
  );
  const groups = Map.groupBy(all, ({ kind, chart }) => `${kind} ${chart}`);
  const piles = [...groups.values()].map((pile) =>
    pile.map((one) => ({ one, at: random() })).toSorted((a, b) => a.at - b.at),
  );
  const chosen: Mutant[] = [];
  for (let round = 0; chosen.length < Math.min(count, all.length); round++) {
    for (const pile of piles) {
      const next = pile[round];
      if (next !== undefined && chosen.length < count) chosen.push(next.one);
    }
  }
  return chosen;
}
