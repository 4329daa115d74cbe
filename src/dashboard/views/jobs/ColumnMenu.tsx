import { Dialog } from '../../parts/Dialog.tsx';
import { columns } from './columns.tsx';
import type { ColumnChoice } from './useColumns.ts';

/** Which columns are shown. @param fitting names of those for which there is room. */
export function ColumnMenu({
  choice: { chosen, toggle, reset },
  fitting,
  onClose,
}: {
  choice: ColumnChoice;
  fitting: ReadonlySet<string>;
  onClose(): void;
}) {
  return (
    <Dialog title="Columns" onClose={onClose}>
      <div class="columns-choice">
        {columns.map(({ name, label }) => (
          <label key={name}>
            <input type="checkbox" checked={chosen.has(name)} onChange={() => toggle(name)} />
            {label}
            {chosen.has(name) && !fitting.has(name) && <span class="quiet-text">no room</span>}
          </label>
        ))}
      </div>
      <div class="dialog-buttons">
        <button type="button" class="quiet" onClick={reset}>
          Usual columns
        </button>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
