import { useRef, useState } from 'preact/hooks';
import { hasRole } from '../../allowed.ts';
import { useKeys } from '../../keys.ts';
import { go, href, type Location } from '../../location.ts';
import { ErrorNote, Skeleton } from '../../parts/Notes.tsx';
import { useLive } from '../../state/live.ts';
import { useStore } from '../../state/useStore.ts';
import { count } from '../../text.ts';
import { BulkBar } from './BulkBar.tsx';
import { ColumnMenu } from './ColumnMenu.tsx';
import { type JobsView, readView, viewQuery } from './filters.ts';
import { JobTable, NARROW } from './JobTable.tsx';
import { NoJobs } from './NoJobs.tsx';
import { SearchBox } from './SearchBox.tsx';
import { StatusChips } from './StatusChips.tsx';
import { searchText } from './search.ts';
import { fitColumns, useColumns } from './useColumns.ts';
import { useJobs } from './useJobs.ts';
import { useWidth } from './useWidth.ts';

const show = (view: JobsView, replace: boolean) => go(href(['jobs'], viewQuery(view)), { replace });

/** All jobs, of which the address says which: to find, follow, select and act on them. */
export function Jobs({ location }: { location: Location }) {
  const { caller } = useLive();
  const view = readView(location.query);
  const page = useJobs(view);
  const { list, selection } = page;
  const state = useStore(list.store, (known) => known);
  const isSelected = useStore(selection, ({ rows, isAll }) => isAll || rows.size > 0);
  const choice = useColumns(caller.needs_token);
  const [isMenuOpen, setMenuOpen] = useState(false);
  const area = useRef<HTMLDivElement>(null);
  const width = useWidth(area);
  const box = useRef<HTMLInputElement>(null);
  const [cleared, setCleared] = useState(0);
  const text = searchText(view);

  const clear = () => {
    show({ order: view.order }, true);
    setCleared((times) => times + 1);
  };
  const stepBack = () => {
    const isInBox = document.activeElement === box.current;
    if (isInBox && !box.current?.value) return box.current?.blur();
    if (isSelected && !isInBox) return selection.trigger.cleared();
    if (text !== '' || isInBox) clear();
  };
  useKeys([
    { key: '/', label: 'Search', act: () => box.current?.select() },
    { key: 'Escape', label: 'Clear the selection, or the search', act: stepBack },
  ]);

  const { rows, next, isOpening, isLoading, error, newcomers, areNewcomersMore } = state;
  const isShown = state.view !== null;
  const isEmpty = isShown && rows.count === 0 && next === null && !isOpening;
  const isSearching = isLoading && (view.q !== undefined || !isShown || isOpening);
  return (
    <div class="jobs" ref={area}>
      <h1 class="hidden">Jobs</h1>
      <div class="jobs-tools">
        <SearchBox box={box} view={view} cleared={cleared} onSearch={(wanted) => show(wanted, true)} />
        <select
          aria-label="Order"
          value={view.order}
          onChange={({ currentTarget: { value } }) =>
            show({ ...view, order: value === 'oldest' ? 'oldest' : 'newest' }, true)
          }
        >
          <option value="newest">Newest first</option>
          <option value="oldest">Oldest first</option>
        </select>
        {width >= NARROW && (
          <button type="button" onClick={() => setMenuOpen(true)}>
            Columns
          </button>
        )}
      </div>
      <div class="jobs-states">
        <StatusChips view={view} />
        <p class="quiet-text" role="status">
          {isSearching && isShown
            ? `searching…${view.q !== undefined && !isOpening ? ` ${count(rows.count)} found` : ''}`
            : ''}
        </p>
      </div>
      {error !== null && <ErrorNote error={error} retry={list.again} />}
      <div class="jobs-list">
        <div class="jobs-new" role="status">
          {newcomers > 0 && (
            <button type="button" class="primary" onClick={list.reload}>
              {count(newcomers)}
              {areNewcomersMore && '+'} new
            </button>
          )}
        </div>
        {!isShown && error === null && <Skeleton lines={12} />}
        {isEmpty ? (
          <NoJobs view={view} onClear={clear} />
        ) : (
          isShown && width > 0 && <JobTable page={page} chosen={choice.chosen} width={width} />
        )}
      </div>
      <BulkBar selection={selection} rows={rows} view={view} isWhole={next === null} />
      {isMenuOpen && (
        <ColumnMenu
          choice={choice}
          fitting={new Set(fitColumns(choice.chosen, width, hasRole(caller, 'submit')).fitting.map(({ name }) => name))}
          onClose={() => setMenuOpen(false)}
        />
      )}
    </div>
  );
}
