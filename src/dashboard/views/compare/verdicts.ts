import type { RawJson, TaskComparison } from '../../../client/index.ts';
import type { IconName } from '../../parts/Icon.tsx';
import { numberOf } from '../scores/readScores.ts';

type Verdict = NonNullable<TaskComparison['verdict']>;

export const verdicts: { [verdict in Verdict | 'none']: { icon: IconName; label: string; meaning: string } } = {
  better: { icon: 'completed', label: 'better', meaning: 'The candidate is better: the 95 % test finds it' },
  worse: { icon: 'failed', label: 'worse', meaning: 'The candidate is worse: the 95 % test finds it' },
  same: { icon: 'equal', label: 'same', meaning: 'No pair of samples differs' },
  inconclusive: { icon: 'undecided', label: 'inconclusive', meaning: 'What was measured does not decide it' },
  none: { icon: 'warning', label: 'not judged', meaning: 'It cannot be judged' },
};

export const verdictOf = ({ verdict }: Pick<TaskComparison, 'verdict'>) => verdicts[verdict ?? 'none'];

/** A difference with its sign and as many digits as its size needs: +0.025, −12.5. */
export function signed(value: number | RawJson | null): string {
  if (value === null) return 'unknown';
  const number = numberOf(value);
  if (number === null) return typeof value === 'number' ? String(value) : value.rawJSON;
  const text = digits(Math.abs(number));
  return number > 0 ? `+${text}` : number < 0 ? `−${text}` : text;
}

/** Three decimals; of what these would be zeros of, two digits. */
export function digits(value: number): string {
  if (value === 0) return '0';
  return Math.abs(value) >= 0.0005 ? value.toFixed(3) : value.toPrecision(2);
}

/** A probability: 0.032, or <0.001. */
export const probability = (p: number | null): string => (p === null ? 'none' : p < 0.001 ? '<0.001' : p.toFixed(3));

/** An interval of differences. */
export const intervalText = (interval: readonly [number, number] | null): string =>
  interval === null ? 'none' : `${signed(interval[0])} to ${signed(interval[1])}`;
