/** Comparisons of two runs as text: the same at a terminal and on the page. */
import type { TaskComparison } from '../schemas/scores/comparison.ts';
import { scoreValue } from './scores.ts';

/** A sign beside each verdict, for a colour alone would not do. */
const signs = { better: '▲', worse: '▼', same: '=', inconclusive: '?' } as const;

/** A verdict with its sign: `▲ better`; `– not judged` where it cannot be judged. */
export const verdictText = (verdict: TaskComparison['verdict']): string =>
  verdict === null ? '– not judged' : `${signs[verdict]} ${verdict}`;

/** A difference, with its sign: `+0.013`, `-0.795`. */
export const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(3)}`;

/** The difference that counts: over the pairs, without them that of the two scores; `n/a` where one is not finite. */
export function differenceText({ delta, difference }: Pick<TaskComparison, 'delta' | 'difference'>): string {
  if (delta !== null) return signed(delta);
  if (difference === null) return 'n/a';
  return typeof difference === 'number' ? signed(difference) : scoreValue(difference);
}

/** An interval: `[-0.852, -0.738]`; empty for none. */
export const intervalText = (interval: readonly [number, number] | null): string =>
  interval === null ? '' : `[${signed(interval[0])}, ${signed(interval[1])}]`;

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
