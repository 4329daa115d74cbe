import type { Comparison } from '../../../client/index.ts';
import { exactText } from '../job/scores/rows.ts';

const heads = [
  ...['task', 'metric', 'filter', 'higher_is_better', 'baseline', 'baseline_stderr', 'candidate', 'candidate_stderr'],
  ...['difference', 'delta', 'stderr', 'low', 'high', 'test', 'p_value', 'p_adjusted', 'detectable', 'n_paired'],
  ...['flips_better', 'flips_worse', 'verdict', 'reason', 'baseline_job', 'candidate_job'],
];

/** A comparison as lines of CSV, a line a score. */
export const comparisonLines = ({ a, b, comparisons }: Comparison): string[][] => [
  heads,
  ...comparisons.map((one) => [
    ...[one.task, one.metric, one.filter, one.higher_is_better === null ? '' : String(one.higher_is_better)],
    ...[one.a.value, one.a.stderr, one.b.value, one.b.stderr, one.difference, one.delta, one.stderr].map(exactText),
    ...[exactText(one.interval?.[0] ?? null), exactText(one.interval?.[1] ?? null), one.test ?? ''],
    ...[one.p_value, one.p_adjusted, one.detectable, one.n_paired].map(exactText),
    ...[exactText(one.flips?.better ?? null), exactText(one.flips?.worse ?? null)],
    ...[one.verdict ?? '', one.reason ?? '', a.job_id, b.job_id],
  ]),
];
