import { Icon, type IconName } from '../../../parts/Icon.tsx';
import type { Mark } from './Detail.tsx';

const icons: { [verdict in Mark['verdict']]: IconName } = {
  right: 'completed',
  wrong: 'failed',
  undecided: 'undecided',
};

const answers: { [answer in Mark['answer']]: string | null } = {
  answered: null,
  empty: 'empty answer',
  failed: 'failed answer',
};

/** Whether a sample is right, and what became of its answer. @param isShort only what is needed in a list. */
export function Verdict({ mark: { verdict, answer }, isShort = false }: { mark: Mark; isShort?: boolean }) {
  const text = answers[answer];
  return (
    <span class={`verdict verdict-${verdict}`}>
      <Icon name={icons[verdict]} />
      <span class={isShort ? 'hidden' : ''}>{verdict}</span>
      {text !== null && (
        <span class="verdict-answer">
          {!isShort && <Icon name="warning" />} {isShort ? answer : text}
        </span>
      )}
    </span>
  );
}
