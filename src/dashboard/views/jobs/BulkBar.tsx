import { useState } from 'preact/hooks';
import { hasRole, mayDo } from '../../allowed.ts';
import { href } from '../../location.ts';
import { Icon } from '../../parts/Icon.tsx';
import { useLive } from '../../state/live.ts';
import { useStore } from '../../state/useStore.ts';
import { count } from '../../text.ts';
import { BulkDialog } from './BulkDialog.tsx';
import { type Bulk, bulks, type Target } from './bulk.ts';
import type { JobsView } from './filters.ts';
import type { Rows } from './rows.ts';
import type { Selected, Selection } from './selection.ts';

/** What may be done to the selected jobs; drawn while there are any. @param isWhole the rows are all that the filter finds. */
export function BulkBar({
  selection,
  rows,
  view,
  isWhole,
}: {
  selection: Selection;
  rows: Rows;
  view: JobsView;
  isWhole: boolean;
}) {
  const { caller } = useLive();
  const { rows: selected, isAll } = useStore(selection, (state) => state);
  const [asked, setAsked] = useState<{ bulk: Bulk; target: Target } | null>(null);
  if ((selected.size === 0 && asked === null) || !hasRole(caller, 'submit')) return null;

  const asIs = [...selected.values()].map((known): Selected => rows.at(rows.indexOf(known.job_id)) ?? known);
  const applies = ({ only, action }: Bulk): boolean => {
    if (!isAll) return asIs.some((row) => mayDo(action, caller, row) && (only === null || row.status === only));
    const { status } = view;
    if (status === undefined) return true;
    return only === null ? status !== 'queued' && status !== 'running' : status === only;
  };
  const target: Target = isAll ? { matching: view } : { ids: [...selected.keys()] };
  const offered = bulks.filter(applies);
  const pair = isAll ? null : pairOf(asIs);
  return (
    <section class="bulk" aria-label="Selected jobs">
      <p role="status">
        <b>{isAll ? 'All that match' : count(selected.size)}</b> selected
      </p>
      {!isAll && !(isWhole && selected.size === rows.count) && (
        <button type="button" class="quiet" onClick={() => selection.trigger['all.meant']()}>
          Select all that match
        </button>
      )}
      <div class="bulk-actions">
        {offered.map((bulk) => (
          <button key={bulk.name} type="button" onClick={() => setAsked({ bulk, target })}>
            {bulk.name === 'reprioritise' ? 'Priority…' : bulk.label}
          </button>
        ))}
        {pair !== null && (
          <a class="button" href={href(['compare'], pair)}>
            Compare
          </a>
        )}
        {offered.length === 0 && pair === null && <span class="quiet-text">Nothing can be done to these.</span>}
      </div>
      <button type="button" class="quiet" onClick={() => selection.trigger.cleared()}>
        <Icon name="close" /> Clear
      </button>
      {asked !== null && (
        <BulkDialog
          {...asked}
          onClose={(isDone) => {
            setAsked(null);
            if (isDone) selection.trigger.cleared();
          }}
        />
      )}
    </section>
  );
}

/** Two that have completed, of which the one that was submitted first is the baseline; null: they are no such two. */
function pairOf(selected: readonly Selected[]): { a: string; b: string } | null {
  const [one, other] = selected;
  if (selected.length !== 2 || one === undefined || other === undefined) return null;
  if (selected.some(({ status }) => status !== 'completed')) return null;
  const isFirst = one.created <= other.created;
  return { a: (isFirst ? one : other).job_id, b: (isFirst ? other : one).job_id };
}
