import { useEffect, useRef } from 'preact/hooks';
import { shortId } from '../../../text/jobs.ts';
import { href } from '../../location.ts';
import { Imported } from '../../parts/Imported.tsx';
import { Status } from '../../parts/Status.tsx';
import { Ago } from '../../parts/Time.tsx';
import { type Column, Cut, Labels, Result } from './columns.tsx';
import type { Row } from './row.ts';

export type RowProps = {
  row: Row;
  index: number;
  /** Rows in all; -1: there are more than have come. */
  total: number;
  isCurrent: boolean;
  /** null: this caller has nothing to select jobs for. */
  isSelected: boolean | null;
  onSelect(row: Row, isRange: boolean): void;
  watch(id: string): () => void;
  /** Null: there is room for three lines only. */
  wide: { fitting: readonly Column[]; template: string } | null;
};

/** A job: one line of columns, or three lines in a narrow window. */
export function JobRow({ row, index, total, isCurrent, isSelected, onSelect, watch, wide }: RowProps) {
  const { job_id: id, name, model, path, tasks, labels, created } = row;
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => watch(id), [id]);
  // The keys have led here: what has the focus elsewhere keeps it.
  useEffect(() => {
    const { activeElement: active } = document;
    if (isCurrent && (active === null || active === document.body || active.closest('.rows, #main:focus') !== null)) {
      link.current?.focus({ preventScroll: true });
    }
  }, [isCurrent]);

  const check = isSelected !== null && (
    <label class="jobs-check">
      <input
        type="checkbox"
        checked={isSelected}
        aria-label={`Select ${name}, job ${shortId(id)}`}
        onClick={(event) => onSelect(row, event.shiftKey)}
      />
    </label>
  );
  const nameLink = (
    <a ref={link} class="job-name cut" id={`job-${id}`} href={href(['jobs', id])} title={path || model}>
      <bdi>{name}</bdi>
    </a>
  );
  const article = {
    class: `jobs-row${isCurrent ? ' jobs-current' : ''}${isSelected ? ' jobs-selected' : ''}${row.isGone ? ' jobs-gone' : ''}`,
    'aria-labelledby': `job-${id}`,
    'aria-posinset': index + 1,
    'aria-setsize': total,
  };
  if (wide === null) {
    return (
      <article {...article} class={`${article.class} jobs-narrow`}>
        <div>
          {check}
          {nameLink}
          <Imported {...row} />
          <Status {...row} />
        </div>
        <div class="quiet-text">
          <Cut text={tasks} />
          <Labels labels={labels} />
        </div>
        <div>
          <Result row={row} />
          <span class="quiet-text">
            <Ago time={created} />
          </span>
        </div>
      </article>
    );
  }
  return (
    <article {...article} style={{ gridTemplateColumns: wide.template }}>
      {check}
      <Status {...row} />
      <span class="jobs-name">
        {nameLink}
        <Imported {...row} />
        {path !== '' && !wide.fitting.some((column) => column.name === 'model') && <Cut text={model} quiet />}
      </span>
      {wide.fitting.map(({ name: column, label, isNumber = false, cell }) => (
        <span key={column} class={isNumber ? 'jobs-cell jobs-number number' : 'jobs-cell'}>
          <span class="hidden">{label}: </span>
          {cell(row)}
        </span>
      ))}
    </article>
  );
}
