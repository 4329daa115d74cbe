import { halfDigit } from './rounding.ts';
import type { SampleValue } from './samples.ts';

/** In what a score is a mean of the values of its samples: 100 where it is in per cent of them. */
export type Scale = 1 | 100;

/** How a score is a mean: by which scale, and whether samples without a value were counted as 0. */
export type Mean = { scale: Scale; missingAsZero: boolean };

/** Largest error of rounding that is taken as such, of the scale or the score: an integer says too little of its mean. */
const COARSEST = 0.005;
/** What means that were computed in single precision are off by. */
const SINGLE = 1e-6;

/**
 * Every way in which a reported score is the mean of its samples, or 100 times it, within rounding of its digits; none: it is
 * another statistic (F1, BLEU, a sum), of which a comparison of samples says nothing.
 * @param samples all rows, as the harness may have averaged them. @param documents one row a document.
 */
export function meansOf(score: number, samples: Iterable<SampleValue>, documents: Iterable<SampleValue>): Mean[] {
  const sums = [summed(documents), summed(samples)];
  return ([false, true] as const).flatMap((missingAsZero) =>
    ([1, 100] as const)
      .filter((scale) =>
        sums.some(({ sum, scored, rows }) => {
          if (missingAsZero && rows === scored) return false;
          return isMean(score, (scale * sum) / (missingAsZero ? rows : scored), scale);
        }),
      )
      .map((scale) => ({ scale, missingAsZero })),
  );
}

/** The mean of the values that there are. */
export function meanOf(documents: Iterable<SampleValue>): number {
  const { sum, scored } = summed(documents);
  return sum / scored;
}

function summed(samples: Iterable<SampleValue>) {
  let [sum, scored, rows] = [0, 0, 0];
  for (const { value, scored: counted = value } of samples) {
    rows += 1;
    if (counted === null) continue;
    scored += 1;
    sum += counted;
  }
  return { sum, scored, rows };
}

function isMean(score: number, mean: number, scale: Scale): boolean {
  // The sum of values that doubles hold may be beyond them.
  if (!Number.isFinite(mean)) return false;
  const size = Math.max(Math.abs(score), Math.abs(mean));
  const rounding = Math.min(halfDigit(score), COARSEST * Math.max(size, scale));
  return Math.abs(score - mean) <= rounding + SINGLE * size;
}

/** The way in which both scores are means: without missing values counted where that is possible; null: there is none. */
export function commonMean(a: readonly Mean[], b: readonly Mean[]): { scale: Scale; a: Mean; b: Mean } | null {
  for (const scale of [1, 100] as const) {
    const [ofA, ofB] = [a, b].map((means) => means.find((mean) => mean.scale === scale));
    if (ofA !== undefined && ofB !== undefined) return { scale, a: ofA, b: ofB };
  }
  return null;
}
