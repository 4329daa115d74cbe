import { randomBits } from './random.ts';

/** Permutations that are drawn. */
export const PERMUTATIONS = 10_000;
/** Differences whose signs come of one draw: three tables of ten. */
const DRAW = 30;
const TABLE = 10;
/** Draws of a test at most: a few seconds. Reached from 1,500,000 differences on; there fewer permutations are drawn. */
const MOST_DRAWS = 500_000_000;

/**
 * The sign-flip permutation test of paired differences: p = (1 + #{|Δ*| ≥ |Δ|}) / (1 + R), so that p is never 0.
 * Source: Phipson and Smyth 2010 (the 1 + / 1 +); Besag and Clifford 1989. The same differences, in any order, negated or
 * not, always get the same p. Differences of 0 have no sign and are left out.
 * @param sums the differences, or their sums by cluster where clusters are flipped.
 */
export function permutationTest(sums: Float64Array): { p: number; permutations: number } {
  const sizes = sums.map(Math.abs).filter((size) => size > 0);
  sizes.sort();
  const draws = Math.ceil(sizes.length / DRAW);
  const permutations = Math.max(1, Math.min(PERMUTATIONS, Math.floor(MOST_DRAWS / Math.max(1, draws))));
  const positive = new Float64Array(permutations);
  for (let draw = 0; draw < draws; draw += 1) addDraw(positive, sizes, draw);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  // As large, but for what adding up in another order changes.
  const least = Math.abs(sums.reduce((sum, each) => sum + each, 0)) - 1e-10 * all;
  let reached = 0;
  for (const sum of positive) if (Math.abs(2 * sum - all) >= least) reached += 1;
  return { p: (1 + reached) / (1 + permutations), permutations };
}

/** Adds to each permutation those of the next thirty differences that are positive in it. */
function addDraw(positive: Float64Array, sizes: Float64Array, draw: number): void {
  const tables = [0, 1, 2].map((part) => subsetSums(sizes, draw * DRAW + part * TABLE));
  const [first, second, third] = tables as [Float64Array, Float64Array, Float64Array];
  const start = draw * positive.length;
  for (let index = 0; index < positive.length; index += 1) {
    const bits = randomBits(start + index);
    const sum = (first[bits & 1023] ?? 0) + (second[(bits >>> 10) & 1023] ?? 0) + (third[(bits >>> 20) & 1023] ?? 0);
    positive[index] = (positive[index] ?? 0) + sum;
  }
}

/** The sum of each subset of ten differences, by its bits. */
function subsetSums(sizes: Float64Array, from: number): Float64Array {
  const sums = new Float64Array(1 << TABLE);
  for (let bit = 0; bit < TABLE; bit += 1) {
    const size = sizes[from + bit] ?? 0;
    const half = 1 << bit;
    for (let subset = 0; subset < half; subset += 1) sums[half + subset] = (sums[subset] ?? 0) + size;
  }
  return sums;
}
