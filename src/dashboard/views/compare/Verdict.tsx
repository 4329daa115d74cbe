import type { TaskComparison } from '../../../client/index.ts';
import { Icon } from '../../parts/Icon.tsx';
import { verdictOf } from './verdicts.ts';

/** Whether the candidate is better: a sign and its name, never a colour alone. */
export function Verdict({ of }: { of: Pick<TaskComparison, 'verdict'> }) {
  const { icon, label, meaning } = verdictOf(of);
  return (
    <span class={`compare-verdict verdict-${of.verdict ?? 'none'}`} title={meaning}>
      <Icon name={icon} />
      {label}
    </span>
  );
}
