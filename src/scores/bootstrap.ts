import { LEVEL } from './distributions.ts';
import { randomBits } from './random.ts';

/** Resamples: Efron and Tibshirani ask for 1,000 at least for a percentile interval. */
const RESAMPLES = 2_000;
/** Units that are drawn from at most; more are put together at random first, so that the work is bounded. */
const MOST_UNITS = 10_000;

/** What is drawn: documents, or clusters of them. */
export type Units = { sums: Float64Array; sizes: Float64Array };

/**
 * The 95 % percentile interval of the mean difference by bootstrap over documents or clusters.
 * Source: Efron and Tibshirani 1993, chapter 13. Percentiles are interpolated linearly.
 * @param units from two on: the sum of the differences of each, and how many documents it has.
 */
export function bootstrap(units: Units): [number, number] {
  const { sums, sizes } = putTogether(units);
  const means = new Float64Array(RESAMPLES);
  for (let resample = 0; resample < RESAMPLES; resample += 1) {
    let [sum, size] = [0, 0];
    const start = resample * sums.length;
    for (let draw = 0; draw < sums.length; draw += 1) {
      const unit = Math.floor((randomBits(start + draw) / 2 ** 32) * sums.length);
      sum += sums[unit] ?? 0;
      size += sizes[unit] ?? 0;
    }
    means[resample] = sum / size;
  }
  means.sort();
  return [percentile(means, LEVEL / 2), percentile(means, 1 - LEVEL / 2)];
}

/** Random groups of units have the mean of the units, and a spread that says the same of it. */
function putTogether(units: Units): Units {
  if (units.sums.length <= MOST_UNITS) return units;
  const sums = new Float64Array(MOST_UNITS);
  const sizes = new Float64Array(MOST_UNITS);
  for (const [index, sum] of units.sums.entries()) {
    // By a hash: of documents in order of their subject, every tenth would be too even a group.
    const group = randomBits(-1 - index) % MOST_UNITS;
    sums[group] = (sums[group] ?? 0) + sum;
    sizes[group] = (sizes[group] ?? 0) + (units.sizes[index] ?? 0);
  }
  const filled = (_: number, group: number) => (sizes[group] ?? 0) > 0;
  return { sums: sums.filter(filled), sizes: sizes.filter((size) => size > 0) };
}

function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  return below + (at % 1) * ((sorted[Math.ceil(at)] ?? below) - below);
}
