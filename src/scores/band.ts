import { Z } from './distributions.ts';
import { halfDigit } from './rounding.ts';

/**
 * The 95 % interval around one score. A score that is a mean of zeros and ones is known by its standard error: of all values
 * from 0 to 1 with the same mean these are spread most, and only they reach p(1−p)/(n−1). They get Wilson's interval, which
 * does not shrink to a point where all samples are the same; others 1.96 standard errors each way.
 * Sources: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference"; Miller 2024, section 2.
 * @param score `value` and `stderr` in one unit, 0 to 1 or in per cent; `n` its samples.
 * @returns Null without a value or a standard error; also for one of 0 that is not of zeros and ones, which is not certainty.
 */
export function scoreInterval({
  value,
  stderr,
  n,
}: {
  value: number | null;
  stderr: number | null;
  n: number | null;
}): [number, number] | null {
  if (value === null || stderr === null || !Number.isFinite(value) || !(stderr >= 0 && stderr < Infinity)) return null;
  if (n !== null && n >= 1) {
    const scale = [1, 100].find((unit) => isOfZerosAndOnes(value, stderr, n, unit));
    if (scale !== undefined) return wilson(value / scale, n).map((bound) => scale * bound) as [number, number];
  }
  return stderr === 0 ? null : [value - Z * stderr, value + Z * stderr];
}

function isOfZerosAndOnes(value: number, stderr: number, n: number, scale: number): boolean {
  const p = value / scale;
  if (!(p >= 0 && p <= 1)) return false;
  if (stderr === 0) return p === 0 || p === 1;
  if (n < 2) return false;
  const expected = scale * Math.sqrt((p * (1 - p)) / (n - 1));
  if (expected === 0) return false;
  // What the digits leave open of both; a number with two digits says too little.
  const ofValue = (halfDigit(value) * Math.abs(1 - 2 * p)) / (2 * Math.sqrt(p * (1 - p) * (n - 1)));
  const rounding = Math.min(halfDigit(stderr) + ofValue, 0.01 * expected);
  return Math.abs(stderr - expected) <= rounding + 1e-6 * expected;
}

/** @param p the share of ones. @param n of how many. */
export function wilson(p: number, n: number): [number, number] {
  const square = Z ** 2;
  const centre = (p + square / (2 * n)) / (1 + square / n);
  const half = (Z / (1 + square / n)) * Math.sqrt((p * (1 - p)) / n + square / (4 * n ** 2));
  // Where p is 0 or 1 a bound is p itself, but for rounding.
  return [p === 0 ? 0 : centre - half, p === 1 ? 1 : centre + half];
}
