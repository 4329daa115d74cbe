import { exactText } from '../job/scores/rows.ts';
import { metricText } from '../scores/readScores.ts';
import { type BoardRow, type Column, cellOf } from './board.ts';

/** A leaderboard as lines of CSV: values and standard errors side by side, and why there is none. */
export function boardLines(rows: readonly BoardRow[], columns: readonly Column[]): string[][] {
  const heads = columns.flatMap((column) => {
    const name = `${column.task} ${metricText(column)}`;
    return [name, `${name} stderr`];
  });
  return [
    ['model', 'checkpoint', 'run', 'step', 'imported', ...heads],
    ...rows.map((row) => [
      ...[row.model, row.checkpoint ?? '', row.run ?? '', exactText(row.step), String(row.isImported)],
      ...columns.flatMap((column) => {
        const { score } = cellOf(row, column);
        return score === null ? ['', ''] : [exactText(score.value), exactText(score.stderr)];
      }),
    ]),
  ];
}
