import { type BoardRow, cellNote, columnName } from '../../../text/board.ts';
import { exactText } from '../job/scores/rows.ts';
import type { Column } from './board.ts';

/** A leaderboard as lines of CSV, as `evald board -o csv` has it: value, standard error and note of each column. */
export function boardLines(rows: readonly BoardRow[], columns: readonly Column[]): string[][] {
  const heads = columns.map(columnName).flatMap((name) => [name, `${name} stderr`, `${name} note`]);
  return [
    ['model', 'checkpoint', 'imported', 'run', 'step', 'job_id', ...heads],
    ...rows.map((row) => [
      ...[row.model, row.checkpoint ?? '', String(row.imported), row.run ?? '', exactText(row.step), row.job_id ?? ''],
      ...columns.flatMap(({ index }) => {
        const cell = row.cells[index];
        if (cell === undefined) return ['', '', ''];
        return [exactText(cell.score?.value ?? null), exactText(cell.score?.stderr ?? null), cellNote(cell)];
      }),
    ]),
  ];
}
