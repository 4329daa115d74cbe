import { useEffect, useRef, useState } from 'preact/hooks';
import { hasRole } from '../../allowed.ts';
import { useKeys } from '../../keys.ts';
import { go, href } from '../../location.ts';
import { VirtualRows } from '../../parts/VirtualRows.tsx';
import { useLive } from '../../state/live.ts';
import { useStore } from '../../state/useStore.ts';
import { JobRow } from './JobRow.tsx';
import type { Row } from './row.ts';
import { fitColumns } from './useColumns.ts';
import type { JobsPage } from './useJobs.ts';

/** Rows beyond the last one that is drawn, for which the next page is asked. */
const AHEAD = 250;
/** Pixels of a row of columns, and of one of three lines; and the width below which there are no columns. */
const HEIGHT = 37;
const NARROW_HEIGHT = 88;
export const NARROW = 720;

/** The rows, of which those in the window are drawn, and the keys that go through them. */
export function JobTable({ page, chosen, width }: { page: JobsPage; chosen: ReadonlySet<string>; width: number }) {
  const { list, selection } = page;
  const { caller } = useLive();
  const { rows, next, isOpening, opened } = useStore(list.store, (state) => state);
  const { rows: selected, isAll, anchor } = useStore(selection, (state) => state);
  const [current, setCurrent] = useState(page.current);
  const [reached, setReached] = useState<number | undefined>(undefined);
  const box = useRef<HTMLDivElement>(null);
  const canSelect = hasRole(caller, 'submit');
  const wide = width < NARROW ? null : fitColumns(chosen, width, canSelect);
  const height = wide === null ? NARROW_HEIGHT : HEIGHT;
  const scroller = () => box.current?.querySelector('.rows') ?? null;

  // After the rows have begun, which begin at their top.
  useEffect(() => {
    const element = scroller();
    if (element === null) return;
    const { scrolled } = page;
    element.scrollTop = scrolled.opened === opened ? scrolled.top : 0;
    const note = () => {
      page.scrolled = { opened, top: element.scrollTop };
    };
    element.addEventListener('scroll', note, { passive: true });
    return () => element.removeEventListener('scroll', note);
  }, [opened, height]);

  const moveTo = (index: number) => {
    const row = rows.at(Math.max(0, Math.min(index, rows.count - 1)));
    if (row === undefined) return;
    page.current = row.job_id;
    setCurrent(row.job_id);
    setReached(rows.indexOf(row.job_id));
  };
  const move = (by: number) => {
    const at = current === null ? -1 : rows.indexOf(current);
    // No row yet: the first one in the window.
    moveTo(at < 0 ? Math.ceil((scroller()?.scrollTop ?? 0) / height) : at + by);
  };
  const select = (row: Row, isRange: boolean) => {
    page.current = row.job_id;
    setCurrent(row.job_id);
    const from = isRange && anchor !== null ? rows.indexOf(anchor) : -1;
    if (from < 0) return selection.trigger['row.toggled']({ row });
    const to = rows.indexOf(row.job_id);
    const range = rows.all().slice(Math.min(from, to), Math.max(from, to) + 1);
    selection.trigger['rows.added']({ rows: range, anchor: row.job_id });
  };
  const currentRow = current === null ? undefined : rows.at(rows.indexOf(current));
  useKeys([
    { key: 'j', label: 'The next job', act: () => move(1) },
    { key: 'k', label: 'The job before', act: () => move(-1) },
    { key: 'Enter', label: 'Open this job', act: () => currentRow && go(href(['jobs', currentRow.job_id])) },
    ...(canSelect
      ? [{ key: 'x', label: 'Select this job, or not', act: () => currentRow && select(currentRow, false) }]
      : []),
  ]);
  useEffect(() => {
    if (isOpening) return;
    if (current !== null && !rows.has(current)) setCurrent(null);
  }, [opened]);

  return (
    <div class="jobs-table" ref={box} aria-busy={isOpening}>
      {wide !== null && (
        <div class="jobs-head jobs-row" style={{ gridTemplateColumns: wide.template }}>
          {canSelect && <SelectListed page={page} />}
          <span>State</span>
          <span>Checkpoint</span>
          {wide.fitting.map(({ name, label, isNumber }) => (
            <span key={name} class={isNumber ? 'jobs-number' : ''}>
              {label}
            </span>
          ))}
        </div>
      )}
      <VirtualRows
        key={`${opened} ${height}`}
        label="Jobs"
        count={rows.count}
        rowHeight={height}
        shown={reached}
        onReach={(last) => last + AHEAD >= rows.count && list.more()}
        render={(index) => {
          const row = rows.at(index);
          return (
            row && (
              <JobRow
                key={row.job_id}
                row={row}
                index={index}
                total={next === null ? rows.count : -1}
                isCurrent={row.job_id === current}
                isSelected={canSelect ? isAll || selected.has(row.job_id) : null}
                onSelect={select}
                watch={list.watch}
                wide={wide}
              />
            )
          );
        }}
      />
    </div>
  );
}

/** Selects every row that has come, or none. */
function SelectListed({ page: { list, selection } }: { page: JobsPage }) {
  const { rows } = useStore(list.store, (state) => state);
  const { rows: selected, isAll } = useStore(selection, (state) => state);
  const areAll = isAll || (rows.count > 0 && rows.all().every(({ job_id }) => selected.has(job_id)));
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current) input.current.indeterminate = selected.size > 0 && !areAll;
  });
  return (
    <label class="jobs-check">
      <input
        ref={input}
        type="checkbox"
        aria-label="Select all that are listed"
        checked={areAll}
        onClick={() => {
          if (areAll) selection.trigger.cleared();
          else selection.trigger['rows.added']({ rows: rows.all(), anchor: null });
        }}
      />
    </label>
  );
}
