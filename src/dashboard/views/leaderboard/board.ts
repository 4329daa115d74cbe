import type { BoardColumn, BoardRow, Board as Made } from '../../../text/board.ts';
import { columnKey, numberOf } from '../../../text/board.ts';

/** A column, and where its cells are in every row. */
export type Column = BoardColumn & { key: string; index: number };

export type Board = { columns: readonly Column[]; rows: readonly BoardRow[] };

/** A board as the page shows it: the newest rows first. @param withEmpty also rows and columns that have no score. */
export function shownBoard({ columns, rows }: Made, withEmpty: boolean): Board {
  const measured = rows.filter(({ completed_at }) => completed_at !== null);
  const empty = rows.filter(({ completed_at }) => completed_at === null);
  return {
    columns: columns
      .map((column, index) => ({ ...column, key: columnKey(column), index }))
      .filter(({ metric }) => withEmpty || metric !== null),
    rows: [...measured.sort((a, b) => timeOf(b) - timeOf(a)), ...(withEmpty ? empty : [])],
  };
}

const timeOf = ({ completed_at }: BoardRow): number => Date.parse(completed_at ?? '');

/** What distinguishes a row from all others. */
export const rowKey = ({ model, checkpoint, imported, job_id }: BoardRow): string =>
  JSON.stringify([model, checkpoint, imported, job_id]);

export type Order = { by: string; isDescending: boolean };

/** Rows by a column, those without a score last; equal ones stay in their order. */
export function sortRows({ columns, rows }: Board, { by, isDescending }: Order): BoardRow[] {
  const index = columns.find(({ key }) => key === by)?.index ?? -1;
  const valueIn = ({ cells }: BoardRow) => {
    const score = cells[index]?.score ?? null;
    return score === null ? null : numberOf(score);
  };
  return rows
    .map((row) => ({ row, value: valueIn(row) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
      return isDescending ? b.value - a.value : a.value - b.value;
    })
    .map(({ row }) => row);
}
