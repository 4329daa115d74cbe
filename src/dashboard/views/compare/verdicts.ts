import type { RawJson, TaskComparison } from '../../../client/index.ts';
import { differenceText, intervalText } from '../../../text/comparison.ts';
import type { IconName } from '../../parts/Icon.tsx';

type Verdict = NonNullable<TaskComparison['verdict']>;

export const verdicts: { [verdict in Verdict | 'none']: { icon: IconName; label: string; meaning: string } } = {
  better: { icon: 'completed', label: 'better', meaning: 'The candidate is better: the 95 % test finds it' },
  worse: { icon: 'failed', label: 'worse', meaning: 'The candidate is worse: the 95 % test finds it' },
  same: { icon: 'equal', label: 'same', meaning: 'No pair of samples differs' },
  inconclusive: { icon: 'undecided', label: 'inconclusive', meaning: 'What was measured does not decide it' },
  none: { icon: 'warning', label: 'not judged', meaning: 'It cannot be judged' },
};

export const verdictOf = ({ verdict }: Pick<TaskComparison, 'verdict'>) => verdicts[verdict ?? 'none'];

/** The sign of what is less than zero, as it is printed. */
export const MINUS = '−';

/** The difference of two scores, with its sign. */
export const differenceOf = (difference: number | RawJson | null): string =>
  difference === null ? 'unknown' : differenceText({ delta: null, difference }, MINUS);

/** An interval of differences; `none` for none. */
export const intervalOf = (interval: readonly [number, number] | null): string =>
  intervalText(interval, MINUS) || 'none';
