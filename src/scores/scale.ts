import type { SampleValue } from './samples.ts';
import { commonMean, type Mean, meanOf, meansOf, type Scale } from './selfCheck.ts';

/** A run of which it is checked that its score is a mean. */
type Checked = {
  name: 'baseline' | 'candidate';
  score: number;
  samples: readonly SampleValue[];
  documents: ReadonlyMap<string, SampleValue>;
};

/**
 * The scale of two scores that are means of their samples; null: they are not, or one is the mean and the other 100 times it
 * (`inTwoUnits`). What weakens the answer stands beside it.
 */
export function findScale(a: Checked, b: Checked): { scale: Scale | null; inTwoUnits: boolean; warnings: string[] } {
  const of = ({ score, samples, documents }: Checked) => meansOf(score, samples, documents.values());
  const [ofA, ofB] = [of(a), of(b)];
  const mean = commonMean(ofA, ofB);
  if (mean !== null)
    return { scale: mean.scale, inTwoUnits: false, warnings: [...asZero(a, mean.a), ...asZero(b, mean.b)] };
  const inTwoUnits = ofA.length > 0 && ofB.length > 0;
  return { scale: null, inTwoUnits, warnings: [...otherMean(a, ofA), ...otherMean(b, ofB)] };
}

const asZero = ({ name }: Checked, { missingAsZero }: Mean) =>
  missingAsZero ? [`the score of the ${name} counts samples without a value as 0; the test leaves them out`] : [];

const otherMean = ({ name, score, documents }: Checked, means: readonly Mean[]) =>
  means.length > 0
    ? []
    : [`the ${name} reports ${score}, and its samples have a mean of ${shown(meanOf(documents.values()))}`];

const shown = (number: number) => Number(number.toPrecision(6));
