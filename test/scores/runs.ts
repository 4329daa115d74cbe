import { type TaskComparison, taskComparisonSchema } from '../../src/schemas/scores/comparison.ts';
import { adjustAll, type Compared, compareScores } from '../../src/scores/compare.ts';
import type { ScoredPair } from '../../src/scores/pairing.ts';
import type { SampleValue, ScoredRun } from '../../src/scores/samples.ts';

export const compared: Compared = {
  ...{ task: 'docvqa', metric: 'anls', filter: 'none' },
  ...{ higherIsBetter: true, allowUnpaired: false },
};

type Rest = Partial<Omit<SampleValue, 'value' | 'index'>>;

/** Samples with these values, named by their position. @param rest what else each has. */
export function samplesOf(values: Iterable<number | null>, rest: (index: number) => Rest = () => ({})): SampleValue[] {
  return Array.from(values, (value, index) => {
    const sample = { id: String(index), docHash: `doc${index}`, promptHash: `prompt${index}`, cluster: null };
    return { ...sample, ...rest(index), value, index };
  });
}

/** A run of these samples whose score is their mean; none of it, where no sample has a value. */
export function runOf(samples: readonly SampleValue[], rest: Partial<ScoredRun> = {}): ScoredRun {
  const values = samples.flatMap(({ value }) => value ?? []);
  const score = values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  return { score, stderr: null, n: samples.length, samples, reason: null, ...rest };
}

/** A run of samples with these values. @param cluster of each. */
export function run(values: Iterable<number | null>, cluster?: (index: number) => string | null): ScoredRun {
  return runOf(samplesOf(values, (index) => ({ cluster: cluster?.(index) ?? null })));
}

/** The comparison as an answer has it: read by its schema, adjusted, and the only one. */
export function compare(a: ScoredRun, b: ScoredRun, rest: Partial<Compared> = {}): TaskComparison {
  const [comparison] = adjustAll([compareScores(a, b, { ...compared, ...rest })]);
  return taskComparisonSchema.parse(comparison);
}

/** Values of two runs of zeros and ones with so many flips up and down. */
export function flips(n: number, up: number, down: number): [number[], number[]] {
  const a = Array.from({ length: n }, (_, index) => (index < up ? 0 : index < up + down ? 1 : index % 2));
  const b = a.map((value, index) => (index < up + down ? 1 - value : value));
  return [a, b];
}

/** Pairs with these values, without what only pairing asks for. */
export function scoredPairs(
  a: readonly number[],
  b: readonly number[],
  cluster?: (index: number) => string,
): ScoredPair[] {
  const sample = (value: number, index: number) => ({
    ...{ id: '', docHash: null, promptHash: null, cluster: cluster?.(index) ?? null, value, index },
  });
  return a.map((value, index) => ({ a: sample(value, index), b: sample(b[index] ?? Number.NaN, index) }));
}
