import { shareAtMost, tQuantile } from './distributions.ts';
import type { ScoredPair } from './pairing.ts';
import { tangoInterval } from './tango.ts';

/** The differences of pairs, and what they have in common. */
export type Differences = {
  /** Candidate minus baseline, a pair. */
  each: Float64Array;
  /** The cluster of each pair, from 0; null: samples carry none, so that each is one of its own. */
  clusterOf: Int32Array | null;
  /** Sum of the differences of each cluster, or each pair without clusters. */
  sums: Float64Array;
  /** Pairs in each cluster. */
  sizes: Float64Array;
  /** Whether all values are 0 or 1, before they were scaled. */
  areBinary: boolean;
  /** From the lowest to the highest difference that two values could have. */
  range: number;
};

/** A normal distribution is no likeness of a mean to which fewer than this many contribute. */
const FEW = 10;

/** The differences of pairs. A pair without a cluster, where others have one, is a cluster of its own. */
export function differencesOf(pairs: readonly ScoredPair[], scale: number): Differences {
  const each = Float64Array.from(pairs, ({ a, b }) => scale * (b.value - a.value));
  const areBinary = pairs.every(({ a, b }) => isBit(a.value) && isBit(b.value));
  const range = scale * (areBinary ? 1 : rangeOf(pairs));
  const clusterOf = clustersOf(pairs);
  if (clusterOf === null)
    return { each, clusterOf, sums: each, sizes: new Float64Array(each.length).fill(1), areBinary, range };
  const count = clusterOf.reduce((most, cluster) => Math.max(most, cluster + 1), 0);
  const sums = new Float64Array(count);
  const sizes = new Float64Array(count);
  for (const [index, cluster] of clusterOf.entries()) {
    sums[cluster] = (sums[cluster] ?? 0) + (each[index] ?? 0);
    sizes[cluster] = (sizes[cluster] ?? 0) + 1;
  }
  return { each, clusterOf, sums, sizes, areBinary, range };
}

const isBit = (value: number) => value === 0 || value === 1;

/** From the lowest value that was seen to the highest; the value itself where there is one alone. */
function rangeOf(pairs: readonly ScoredPair[]): number {
  let [low, high] = [Infinity, -Infinity];
  for (const { a, b } of pairs) {
    low = Math.min(low, a.value, b.value);
    high = Math.max(high, a.value, b.value);
  }
  return high - low || Math.abs(high);
}

/** The cluster of the baseline's sample, else of the candidate's. */
export const clusterName = ({ a, b }: ScoredPair): string | null => a.cluster ?? b.cluster;

function clustersOf(pairs: readonly ScoredPair[]): Int32Array | null {
  if (pairs.every((pair) => clusterName(pair) === null)) return null;
  const numbers = new Map<string, number>();
  let count = 0;
  return Int32Array.from(pairs, (pair) => {
    const name = clusterName(pair);
    const known = name === null ? undefined : numbers.get(name);
    if (known !== undefined) return known;
    if (name !== null) numbers.set(name, count);
    count += 1;
    return count - 1;
  });
}

/** Mean difference and its standard error. */
export type Estimate = { delta: number; stderr: number };

/**
 * The mean difference and its standard error, in one form for pairs and for clusters of them: the sums of what clusters are
 * off the mean, SE² = G/(G−1) · Σ_c(Σ_{i∈c}(d_i−Δ))² / n². With clusters of one pair that is Σ(d−Δ)² / (n(n−1)).
 * Source: Miller 2024, "Adding Error Bars to Evals", eq. 4; the factor G/(G−1) is the usual one for few clusters (Cameron and Miller 2015).
 */
export function estimate({ each, sums, sizes }: Differences): Estimate {
  const n = each.length;
  const clusters = sums.length;
  const delta = sums.reduce((sum, of) => sum + of, 0) / n;
  const squares = sums.reduce((total, sum, cluster) => total + (sum - (sizes[cluster] ?? 0) * delta) ** 2, 0);
  const stderr = Math.sqrt((clusters / (clusters - 1)) * squares) / n;
  // What adding up leaves of equal differences is no spread.
  const size = each.reduce((most, difference) => Math.max(most, Math.abs(difference)), 0);
  return { delta, stderr: stderr > 1e-13 * size ? stderr : 0 };
}

/**
 * The 95 % interval of the mean difference. Of zeros and ones without clusters it is Tango's score interval, else
 * Δ ± t(G−1)·SE with G clusters or pairs. Where nearly all differences are the same one (most often 0), a spread cannot be
 * estimated from the few others, and of none it would be 0, which is not certainty: then it is at least what the exact bound
 * on the share that could be otherwise allows (Clopper and Pearson 1934), times the range of values.
 */
export function intervalOf(differences: Differences, { delta, stderr }: Estimate): [number, number] {
  const { each, clusterOf, sums, areBinary, range } = differences;
  const units = sums.length;
  const { common, others } = deviating(differences);
  if (areBinary && clusterOf === null && (others > 0 || common !== 0)) {
    const up = each.filter((difference) => difference > 0).length;
    const down = each.filter((difference) => difference < 0).length;
    const [low, high] = tangoInterval(up, down, units);
    return [range * low, range * high];
  }
  let half = tQuantile(units - 1) * stderr;
  // Of clusters whose differences cancel each other in all of them nothing is known of those that would not.
  const seen = stderr === 0 ? 0 : others;
  if (seen < FEW && seen < units / 2) {
    const unseen = shareAtMost(seen, units) - seen / units;
    half = Math.max(half, unseen * (range + Math.abs(common)));
  }
  return [delta - half, delta + half];
}

/** The difference that most pairs have, where most have one, and how many clusters or pairs have another. */
function deviating({ each, clusterOf, sums, range }: Differences): { common: number; others: number } {
  const sorted = each.toSorted();
  const common = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const isOther = (difference: number) => Math.abs(difference - common) > 1e-12 * (range + Math.abs(common));
  // Half of them are below and half above: most have none in common.
  if (isOther(sorted[Math.floor(sorted.length / 2)] ?? 0)) return { common: 0, others: sums.length };
  if (clusterOf === null) return { common, others: each.filter(isOther).length };
  const other = new Uint8Array(sums.length);
  for (const [index, cluster] of clusterOf.entries()) if (isOther(each[index] ?? 0)) other[cluster] = 1;
  return { common, others: other.reduce((sum, is) => sum + is, 0) };
}
