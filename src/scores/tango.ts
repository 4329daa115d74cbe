import { Z } from './distributions.ts';

/**
 * The 95 % score interval of a paired difference of proportions. With few flips t intervals of zeros and ones hold the true
 * difference in 86 % of cases only (measured, see the test of the simulation); this one does so in 93 % and more.
 * Source: Tango 1998, "Equivalence test and confidence interval for the difference in proportions for the paired-sample design".
 * @param up pairs that went from 0 to 1. @param down pairs that went from 1 to 0. @param n all pairs.
 */
export function tangoInterval(up: number, down: number, n: number): [number, number] {
  const upper = upperBound(up, down, n);
  return [-upperBound(down, up, n), upper];
}

/** The largest difference whose score is not below −Z: the score falls with the difference, so halving finds it. */
function upperBound(up: number, down: number, n: number): number {
  let [low, high] = [(up - down) / n, 1];
  for (let step = 0; step < 60; step += 1) {
    const difference = (low + high) / 2;
    if (score(up, down, n, difference) >= -Z) low = difference;
    else high = difference;
  }
  return (low + high) / 2;
}

/** Tango's statistic: the distance from a supposed difference, in standard errors under it. */
function score(up: number, down: number, n: number, difference: number): number {
  const b = (2 * n - up + down) * difference - up - down;
  const c = -down * difference * (1 - difference);
  // The share that goes down, estimated under the supposed difference: the larger root of 2n q² + b q + c.
  const root = Math.sqrt(Math.max(0, b * b - 8 * n * c));
  const share = b > 0 ? (-2 * c) / (b + root) : (root - b) / (4 * n);
  const variance = n * (2 * share + difference * (1 - difference));
  const distance = up - down - n * difference;
  return variance > 0 ? distance / Math.sqrt(variance) : distance === 0 ? 0 : Math.sign(distance) * Infinity;
}
