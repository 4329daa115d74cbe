import { Icon } from '../../../parts/Icon.tsx';
import { count } from '../../../text.ts';
import { countOf, type Filter, type Loaded, PAGE } from './page.ts';

/** Leads to another sample. */
export function Step({
  to,
  total,
  show,
  icon,
  label,
}: {
  to: number;
  total: number;
  show(number: number): void;
  icon: 'previous' | 'next';
  label: string;
}) {
  return (
    <button type="button" aria-label={label} disabled={to < 1 || to > total} onClick={() => show(to)}>
      <Icon name={icon} />
    </button>
  );
}

/** Leads to another page of the list. */
export function Pager({ total, offset, hrefOf }: { total: number; offset: number; hrefOf(number: number): string }) {
  if (total <= PAGE) return null;
  const last = Math.min(total, offset + PAGE);
  return (
    <nav class="pager" aria-label="Pages of samples">
      {offset > 0 ? <a href={hrefOf(offset - PAGE + 1)}>Previous {PAGE}</a> : <span />}
      <span class="number quiet-text">
        {count(offset + 1)} to {count(last)} of {count(total)}
      </span>
      {last < total ? <a href={hrefOf(last + 1)}>Next {Math.min(PAGE, total - last)}</a> : <span />}
    </nav>
  );
}

const icons = {
  wrong: 'failed',
  right: 'completed',
  undecided: 'undecided',
  empty: 'warning',
  failed: 'warning',
} as const;

/** A filter, and how many samples it lets through. */
export function FilterLabel({ name, counts }: { name: Filter; counts: Loaded['counts'] | null }) {
  return (
    <>
      {name !== 'all' && <Icon name={icons[name]} />}
      {name === 'empty' || name === 'failed' ? `${name} answer` : name}
      {counts !== null && <span class="count">{count(countOf(counts, name))}</span>}
    </>
  );
}
