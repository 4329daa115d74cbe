import type { Pair, Pairing } from './pairing.ts';

/**
 * What the mean difference would be if all missing values had been as bad for the candidate, and as good, as they could: 0 or
 * 1 where all values are, else the lowest and the highest that were seen (Manski 1990, "Nonparametric Bounds on Treatment Effects").
 * @returns null: nothing is missing, or no value was seen.
 */
export function worstCase({ pairs, incomplete }: Pairing, scale: number): [number, number] | null {
  if (incomplete.length === 0) return null;
  const values = valuesSeen(pairs, incomplete);
  if (values === null) return null;
  const { low, high } = values;
  let [least, most] = [0, 0];
  for (const { a, b } of pairs) {
    least += b.value - a.value;
    most += b.value - a.value;
  }
  for (const { a, b } of incomplete) {
    least += (b.value ?? low) - (a.value ?? high);
    most += (b.value ?? high) - (a.value ?? low);
  }
  const n = pairs.length + incomplete.length;
  return [(scale * least) / n, (scale * most) / n];
}

function valuesSeen(pairs: readonly Pair[], incomplete: readonly Pair[]): { low: number; high: number } | null {
  let [low, high] = [Infinity, -Infinity];
  let areBinary = true;
  for (const some of [pairs, incomplete]) {
    for (const { a, b } of some) {
      for (const value of [a.value, b.value]) {
        if (value === null) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
        areBinary &&= value === 0 || value === 1;
      }
    }
  }
  if (low > high) return null;
  return areBinary ? { low: 0, high: 1 } : { low, high };
}
