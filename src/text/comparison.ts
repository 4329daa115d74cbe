/** Comparisons of two runs as text: the same at a terminal and on the page. */

import { allDigits } from '../schemas/results/exactNumber.ts';
import type { TaskComparison } from '../schemas/scores/comparison.ts';
import { scoreValue } from './scores.ts';

/** A sign beside each verdict, for a colour alone would not do. */
const signs = { better: '▲', worse: '▼', same: '=', inconclusive: '?' } as const;

/** A verdict with its sign: `▲ better`; `– not judged` where it cannot be judged. */
export const verdictText = (verdict: TaskComparison['verdict']): string =>
  verdict === null ? '– not judged' : `${signs[verdict]} ${verdict}`;

/** Three decimals; of what these would be zeros of, two digits: `0.013`, `0.00012`. */
export function digits(value: number): string {
  if (value === 0) return '0.000';
  return Math.abs(value) >= 0.0005 ? value.toFixed(3) : value.toPrecision(2);
}

/** A difference, with its sign: `+0.013`, `-0.795`. @param minus the sign of what is less than zero. */
export const signed = (value: number, minus = '-'): string => `${value < 0 ? minus : '+'}${digits(Math.abs(value))}`;

/** The difference that counts: over the pairs, without them that of the two scores; `n/a` where one is not finite. */
export function differenceText(
  { delta, difference }: Pick<TaskComparison, 'delta' | 'difference'>,
  minus?: string,
): string {
  if (delta !== null) return signed(delta, minus);
  if (difference === null) return 'n/a';
  return typeof difference === 'number' ? signed(difference, minus) : scoreValue(difference);
}

/** An interval: `[-0.852, -0.738]`; empty for none. */
export const intervalText = (interval: readonly [number, number] | null, minus?: string): string =>
  interval === null ? '' : `[${signed(interval[0], minus)}, ${signed(interval[1], minus)}]`;

/** A probability with three decimals, what is less as `<0.001`; empty for none. */
export function pText(p: number | null): string {
  if (p === null) return '';
  return p < 0.001 ? '<0.001' : p.toFixed(3);
}

/** How many pairs went up, down, and stayed: `+3 -162 =35`; empty where samples cannot be paired. */
export const flipsText = (flips: TaskComparison['flips']): string =>
  flips === null ? '' : `+${flips.better} -${flips.worse} =${flips.equal}`;

/** What a score is called: `digits acc`, with its filter where there is one: `digits acc strict`. */
export const scoreName = ({ task, metric, filter }: { task: string; metric: string; filter: string }): string =>
  [task, metric, ...(filter === 'none' ? [] : [filter])].join(' ');

/** The same of a name as comparisons list what one run alone has: `digits,acc,strict`. Only names of tasks may have commas. */
export function onlyName(listed: string): string {
  const [filter, metric, ...task] = listed.split(',').toReversed();
  if (filter === undefined || metric === undefined || task.length === 0) return listed;
  return scoreName({ task: task.toReversed().join(','), metric, filter });
}

type Exact = { name: string; of(one: TaskComparison): string | number | boolean | null | undefined };

const column = (name: string, of: Exact['of']): Exact => ({ name, of });

/** All of a comparison, numbers as they are: columns of CSV, for programs. */
export const exactColumns: readonly Exact[] = [
  ...(['task', 'metric', 'filter', 'higher_is_better'] as const).map((name) => column(name, (row) => row[name])),
  column('a', ({ a }) => allDigits(a.value)),
  column('a_stderr', ({ a }) => allDigits(a.stderr)),
  column('b', ({ b }) => allDigits(b.value)),
  column('b_stderr', ({ b }) => allDigits(b.stderr)),
  column('difference', ({ difference }) => allDigits(difference)),
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
