import type { TaskComparison } from '../../schemas/scores/comparison.ts';
import { differenceText, flipsText, intervalText, pText, verdictText } from '../../text/comparison.ts';
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
  { name: 'detects', of: ({ detectable }) => detectable?.toFixed(3), right: true },
  { name: 'flips', of: ({ flips }) => flipsText(flips), right: true },
  { name: 'pairs', of: ({ n_paired }) => n_paired, right: true },
];

const exact = (value: TaskComparison['difference']) =>
  value === null || typeof value === 'number' ? value : value.rawJSON;

/** All of it, numbers as they are: for programs. */
export const exactColumns: readonly Column<TaskComparison>[] = [
  ...(['task', 'metric', 'filter', 'higher_is_better'] as const).map((name) => column(name, (row) => row[name])),
  column('a', ({ a }) => exact(a.value)),
  column('a_stderr', ({ a }) => exact(a.stderr)),
  column('b', ({ b }) => exact(b.value)),
  column('b_stderr', ({ b }) => exact(b.stderr)),
  column('difference', ({ difference }) => exact(difference)),
  ...(['n_a', 'n_b', 'n_paired', 'delta', 'stderr'] as const).map((name) => column(name, (row) => row[name])),
  column('low', ({ interval }) => interval?.[0]),
  column('high', ({ interval }) => interval?.[1]),
  ...(['clusters', 'test', 'p_value', 'p_adjusted', 'detectable'] as const).map((name) =>
    column(name, (row) => row[name]),
  ),
  ...(['better', 'worse', 'equal'] as const).map((name) => column(name, ({ flips }) => flips?.[name])),
  column('verdict', ({ verdict }) => verdict),
  column('reason', ({ reason }) => reason),
];

function column(name: string, of: Column<TaskComparison>['of']): Column<TaskComparison> {
  return { name, of };
}
