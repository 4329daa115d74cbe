import type { Comparison } from '../../../client/index.ts';
import { exactColumns } from '../../../text/comparison.ts';

/** A comparison as lines of CSV, a line a score: what `evald compare -o csv` prints. */
export const comparisonLines = ({ comparisons }: Comparison): string[][] => [
  exactColumns.map(({ name }) => name),
  ...comparisons.map((one) => exactColumns.map(({ of }) => String(of(one) ?? ''))),
];
