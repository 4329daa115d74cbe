import type { Score } from '../../schemas/scores/score.ts';
import { columns, type LongRow, longRow } from '../../scores/longTable.ts';
import type { Column } from '../frame/output/listing.ts';

/** The columns of the long table, as the server writes it. */
export const exportColumns: readonly Column<Score>[] = columns.map((name) => ({
  name,
  of: (score) => {
    const cell = rowOf(score)[name];
    return typeof cell === 'object' && cell !== null ? cell.rawJSON : cell;
  },
}));

/** A row is made once, and not for each of its columns. */
const made = new WeakMap<Score, LongRow>();

function rowOf(score: Score): LongRow {
  const row = made.get(score) ?? longRow(score);
  made.set(score, row);
  return row;
}
