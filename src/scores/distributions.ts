import jstat from 'jstat';

/** Level of all tests; intervals are of 1 − LEVEL. */
export const LEVEL = 0.05;

/** The 97.5 % point of the normal distribution: 1.96. */
export const Z = jstat.normal.inv(1 - LEVEL / 2, 0, 1);

/** Degrees of freedom from which the expansion in 1/ν is exact to a double. */
const MANY = 2_000;

const known = new Map<number, number>();

/**
 * The 97.5 % point of Student's t. jstat's own is off by 2e-6 at a million degrees of freedom (its incomplete beta function
 * stops at 3e-7), so it is only where Newton's method begins; the distribution function is the finite series of whole degrees.
 * Source: Abramowitz and Stegun 1964, 26.7.3 and 26.7.4; 26.7.5 for many degrees.
 * @param degrees of freedom, a whole number from 1.
 */
export function tQuantile(degrees: number): number {
  const found = known.get(degrees);
  if (found !== undefined) return found;
  let t = degrees > MANY ? expansion(degrees) : jstat.studentt.inv(1 - LEVEL / 2, degrees);
  for (let step = 0; degrees <= MANY && step < 8; step += 1) {
    const next = t - (within(t, degrees) - (1 - LEVEL)) / (2 * jstat.studentt.pdf(t, degrees));
    const moved = Math.abs(next - t);
    t = next;
    if (moved < 1e-14 * t) break;
  }
  // Few sizes are asked for again and again; many of them would only fill memory.
  if (known.size < 1_000) known.set(degrees, t);
  return t;
}

/** P[|T| ≤ t]. */
function within(t: number, degrees: number): number {
  const angle = Math.atan(t / Math.sqrt(degrees));
  const square = Math.cos(angle) ** 2;
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? Math.cos(angle) : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k < degrees; k += 2) {
    term *= ((k - 1) / k) * square;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

function expansion(degrees: number): number {
  const z = Z;
  const terms = [
    z,
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ];
  return terms.reduce((sum, term, power) => sum + term / degrees ** power, 0);
}

/** Largest n of which 2ⁿ and every binomial coefficient is a double. */
const LARGEST_POWER = 1_000;

/**
 * The exact test of McNemar 1947: p = min(1, 2·P[Bin(b + c, ½) ≤ min(b, c)]). jstat's distribution function keeps ten digits,
 * so the probability is summed here: all terms are positive, and nothing cancels.
 * @param b pairs that differ one way. @param c pairs that differ the other way.
 */
export function mcnemar(b: number, c: number): number {
  const n = b + c;
  const few = Math.min(b, c);
  if (2 * few >= n - 1) return 1;
  return Math.min(1, 2 * (n > LARGEST_POWER ? shareOfMany(few, n) : sumOfChoices(few, n) / 2 ** n));
}

/** C(n,0) + … + C(n,few): whole numbers, so that p is exact where they are small. */
function sumOfChoices(few: number, n: number): number {
  let choices = 1;
  let sum = 1;
  for (let k = 1; k <= few; k += 1) {
    choices = (choices * (n - k + 1)) / k;
    sum += choices;
  }
  return sum;
}

/** The same as a share of all, by ratios to the middle term; as many steps as terms are not 0, some multiple of √n. */
function shareOfMany(few: number, n: number): number {
  const middle = Math.floor(n / 2);
  let below = 0;
  let all = 1;
  for (let k = middle, term = 1; k > 0 && term > 0; k -= 1) {
    term *= k / (n - k + 1);
    all += term;
    if (k - 1 <= few) below += term;
  }
  for (let k = middle, term = 1; k < n && term > 0; k += 1) {
    term *= (n - k) / (k + 1);
    all += term;
  }
  return below / all;
}

/**
 * The largest share that is not excluded at 97.5 % where `k` of `n` have been seen. Source: Clopper and Pearson 1934.
 * @param k few: the distribution function is a sum of k + 1 terms.
 */
export function shareAtMost(k: number, n: number): number {
  if (k === 0) return -Math.expm1(Math.log(LEVEL / 2) / n);
  if (k >= n) return 1;
  let [low, high] = [k / n, 1];
  for (let step = 0; step < 60; step += 1) {
    const share = (low + high) / 2;
    if (atMost(k, n, share) > LEVEL / 2) low = share;
    else high = share;
  }
  return (low + high) / 2;
}

function atMost(k: number, n: number, share: number): number {
  let term = Math.exp(n * Math.log1p(-share));
  let sum = term;
  for (let i = 1; i <= k; i += 1) {
    term *= ((n - i + 1) / i) * (share / (1 - share));
    sum += term;
  }
  return sum;
}
