import type { TaskComparison } from '../../schemas/scores/comparison.ts';
import { differenceText, digits, flipsText, intervalText, pText, verdictText } from '../../text/comparison.ts';
import { scoreText } from '../../text/scores.ts';
import type { Color, Column } from '../frame/output/listing.ts';

const colors: { [verdict in NonNullable<TaskComparison['verdict']>]?: Color } = { better: 'green', worse: 'red' };

/** The colour of a comparison, by its verdict. */
export const verdictColor = ({ verdict }: Pick<TaskComparison, 'verdict'>): Color | undefined =>
  verdict === null ? undefined : colors[verdict];

/** What is shown of comparisons at a terminal. @param filters whether there is one other than `none`. */
export const shownColumns = (filters: boolean): readonly Column<TaskComparison>[] => [
  { name: 'verdict', of: ({ verdict }) => verdictText(verdict), color: verdictColor },
  { name: 'task', of: ({ task }) => task },
  { name: 'metric', of: ({ metric }) => metric },
  ...(filters ? [{ name: 'filter', of: ({ filter }: TaskComparison) => filter }] : []),
  { name: 'baseline', of: ({ a }) => scoreText(a, ' ±'), right: true },
  { name: 'candidate', of: ({ b }) => scoreText(b, ' ±'), right: true },
  { name: 'delta', of: differenceText, right: true },
  { name: '95% interval', of: ({ interval }) => intervalText(interval), right: true },
  { name: 'p', of: ({ p_adjusted }) => pText(p_adjusted), right: true },
  { name: 'detects', of: ({ detectable }) => (detectable === null ? null : digits(detectable)), right: true },
  { name: 'flips', of: ({ flips }) => flipsText(flips), right: true },
  { name: 'pairs', of: ({ n_paired }) => n_paired, right: true },
];
