import { useState } from 'preact/hooks';
import { hasRole, mayDo } from '../../allowed.ts';
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
        {offered.length === 0 && <span class="quiet-text">Nothing can be done to these.</span>}
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
