import type { TaskComparison } from '../schemas/scores/comparison.ts';
import { bootstrap } from './bootstrap.ts';
import { flipsOf, scaled } from './flips.ts';
import { worstCase } from './missing.ts';
import { clusterName, type Differences, differencesOf } from './paired.ts';
import { pairedTest } from './pairedTest.ts';
import { countScored, onePerDocument, type Pairing, pairSamples } from './pairing.ts';
import type { ScoredRun } from './samples.ts';
import { findScale } from './scale.ts';

export { adjustAll } from './adjust.ts';

/** Which score is compared, and how. */
export type Compared = {
  task: string;
  metric: string;
  filter: string;
  /** Null: not known, then there is no verdict. */
  higherIsBetter: boolean | null;
  /** Whether there may be a verdict though fewer than 95 % of the samples are paired. */
  allowUnpaired: boolean;
};

/** Share of the samples of either run that must have a pair. */
const LEAST_PAIRED = 0.95;
/** Clusters below which a standard error by clusters is known to be too small (Cameron and Miller 2015). */
const FEW_CLUSTERS = 30;
/**
 * Compares one score of two runs, sample by sample. Differences are candidate minus baseline, in the unit of the score.
 * It costs time in n·log n of the samples, and a bounded number of permutations. Where there is no sound test all numbers of
 * one are null, and `reason` says why.
 * @param a the baseline. @param b the candidate.
 * @returns `p_adjusted` is null, and a verdict that goes by a test is still to come: adjustAll gives both.
 */
export function compareScores(a: ScoredRun, b: ScoredRun, compared: Compared): TaskComparison {
  const comparison = withoutTest(a, b, compared);
  const refuse = (reason: string): TaskComparison => ({ ...comparison, reason: `no test: ${reason}` });

  if (a.samples === null) return refuse(`the baseline has no samples${because(a)}`);
  if (b.samples === null) return refuse(`the candidate has no samples${because(b)}`);
  const [ofA, ofB] = [onePerDocument(a.samples), onePerDocument(b.samples)];
  if ('unequal' in ofA) return refuse(`the baseline has unequal samples of document ${ofA.unequal}`);
  if ('unequal' in ofB) return refuse(`the candidate has unequal samples of document ${ofB.unequal}`);

  const [nA, nB] = [countScored(ofA), countScored(ofB)];
  const pairing = pairSamples(ofA, ofB);
  const { pairs } = pairing;
  Object.assign(comparison, { n_a: nA, n_b: nB, n_paired: pairs.length });
  comparison.missing = { a: ofA.size - nA, b: ofB.size - nB, bounds: null };
  const flips = flipsOf(pairs, compared.higherIsBetter);
  comparison.flips = flips;
  comparison.warnings.push(...warningsOf(pairing, comparison.missing));
  if (a.score === null || b.score === null)
    return refuse(`the score of the ${a.score === null ? 'baseline' : 'candidate'} is not finite`);
  if (nA === 0) return refuse('no sample of the baseline has a value');
  if (nB === 0) return refuse('no sample of the candidate has a value');

  const found = findScale(
    { name: 'baseline', score: a.score, samples: a.samples, documents: ofA },
    { name: 'candidate', score: b.score, samples: b.samples, documents: ofB },
  );
  comparison.warnings.push(...found.warnings);
  if (found.inTwoUnits) {
    comparison.difference = null;
    return refuse('one score is the mean of its samples and the other 100 times it, so that they are in two units');
  }
  if (found.scale === null) return refuse('the score is not a mean of its samples');
  const { scale } = found;
  comparison.missing.bounds = worstCase(pairing, scale);
  comparison.flips = scaled(flips, scale);
  if (pairs.length === 0) return refuse('no sample of the baseline is the same document as one of the candidate');
  if (pairs.length === 1) return refuse('1 sample is paired, and 2 are the least');

  const differences = differencesOf(pairs, scale);
  const clusters = differences.clusterOf === null ? null : differences.sums.length;
  if (clusters === 1) return refuse('all pairs are of one cluster, and 2 are the least');
  if (clusters !== null) comparison.warnings.push(...clusterWarnings(pairing, clusters));
  const tested = withBootstrap(differences);
  if (![tested.delta, tested.stderr, ...tested.interval, ...(tested.bootstrap ?? [])].every(Number.isFinite)) {
    comparison.missing.bounds = null;
    comparison.flips = flips;
    return refuse('its values are too large to be computed with');
  }
  return {
    ...comparison,
    clusters,
    ...tested,
    ...judgeable(pairs.length, Math.max(nA, nB), compared),
  };
}

function withoutTest(a: ScoredRun, b: ScoredRun, { task, metric, filter, higherIsBetter }: Compared): TaskComparison {
  const side = ({ score, stderr, n }: ScoredRun) => ({ value: score, stderr, n });
  return {
    ...{ task, metric, filter, higher_is_better: higherIsBetter, a: side(a), b: side(b) },
    difference: a.score === null || b.score === null ? null : b.score - a.score,
    ...{ n_a: null, n_b: null, n_paired: null, missing: null },
    ...{ delta: null, stderr: null, interval: null, bootstrap: null, clusters: null },
    ...{ test: null, p_value: null, p_adjusted: null, permutations: null, detectable: null },
    ...{ flips: null, verdict: null, reason: null, warnings: [] },
  };
}

const because = ({ reason }: ScoredRun) => (reason === null ? '' : `: ${reason}`);

/** A bootstrap of zeros and ones would say what the exact test says better. */
function withBootstrap(differences: Differences) {
  const tested = pairedTest(differences);
  const { sums, sizes } = differences;
  const isUseful = tested.test === 'permutation' && tested.stderr > 0;
  return { ...tested, bootstrap: isUseful ? bootstrap({ sums, sizes }) : null };
}

/** What forbids a verdict, whatever the test says. */
function judgeable(paired: number, most: number, { higherIsBetter, allowUnpaired }: Compared) {
  if (paired < LEAST_PAIRED * most && !allowUnpaired) {
    const share = Math.floor((1000 * paired) / most) / 10;
    return {
      verdict: 'inconclusive' as const,
      reason: `only ${paired} of ${most} samples are paired (${share} %), and 95 % are the least unless allow_unpaired is true`,
    };
  }
  if (higherIsBetter === null) return { reason: 'no verdict: it is not known whether higher is better' };
  return {};
}

function warningsOf(
  { otherDocuments, otherPrompts }: Pairing,
  missing: NonNullable<TaskComparison['missing']>,
): string[] {
  return [
    otherDocuments > 0 &&
      `${count(otherDocuments, 'sample has', 'samples have')} the same id in both and another document: no pair`,
    otherPrompts > 0 && `${count(otherPrompts, 'pair has', 'pairs have')} another prompt in the candidate`,
    missing.a > 0 && `${count(missing.a, 'sample', 'samples')} of the baseline without a value`,
    missing.b > 0 && `${count(missing.b, 'sample', 'samples')} of the candidate without a value`,
  ].filter((warning) => warning !== false);
}

function clusterWarnings({ pairs }: Pairing, clusters: number): string[] {
  const alone = pairs.filter((pair) => clusterName(pair) === null).length;
  return [
    clusters < FEW_CLUSTERS &&
      `${clusters} clusters: with fewer than ${FEW_CLUSTERS} the standard error tends to be too small`,
    alone > 0 && `${count(alone, 'pair has', 'pairs have')} no cluster: each is taken as one of its own`,
  ].filter((warning) => warning !== false);
}

const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`;
