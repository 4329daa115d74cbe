import { useState } from 'preact/hooks';
import type { BoardRow, BoardCell as Cell } from '../../../text/board.ts';
import { scoreText } from '../../../text/scores.ts';
import { href } from '../../location.ts';
import { Icon } from '../../parts/Icon.tsx';
import { ScrollBox } from '../../parts/ScrollBox.tsx';
import { count } from '../../text.ts';
import { exactText } from '../job/scores/rows.ts';
import { metricText, nameOf } from '../scores/readScores.ts';
import { type Column, type Order, rowKey } from './board.ts';

/** Columns and rows that are drawn before the reader asks for all. */
const COLUMNS = 40;
const ROWS = 150;

type Props = {
  columns: readonly Column[];
  rows: readonly BoardRow[];
  order: Order | null;
  onOrder(order: Order | null): void;
};

/** The table: a row a model and checkpoint, a column a score. */
export function BoardTable({ columns, rows, order, onOrder }: Props) {
  const [areAllColumns, setAllColumns] = useState(false);
  const [areAllRows, setAllRows] = useState(false);
  const drawnColumns = areAllColumns ? columns : columns.slice(0, COLUMNS);
  const drawnRows = areAllRows ? rows : rows.slice(0, ROWS);
  return (
    <div class="panel table-panel">
      <ScrollBox class="board" label="Leaderboard">
        <table>
          <thead>
            <tr>
              <th scope="col" class="board-name" aria-sort={order === null ? 'none' : undefined}>
                <button type="button" class="quiet" onClick={() => onOrder(null)} title="The newest first">
                  Checkpoint
                </button>
              </th>
              {drawnColumns.map((column) => (
                <Head key={column.key} column={column} order={order} onOrder={onOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {drawnRows.map((row) => (
              <tr key={rowKey(row)}>
                <th scope="row" class="board-name">
                  <bdi class="cut" title={row.checkpoint ?? row.model}>
                    {nameOf(row)}
                  </bdi>
                  <span class="quiet-text cut">
                    {row.imported && <span class="label">imported</span>}
                    {row.checkpoint !== null && <bdi>{row.model}</bdi>} {row.run !== null && <bdi>{row.run}</bdi>}
                    {row.step !== null && ` step ${count(row.step)}`}
                  </span>
                </th>
                {drawnColumns.map((column) => (
                  <BoardCell key={column.key} cell={row.cells[column.index]} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {drawnColumns.length < columns.length && (
        <button type="button" class="quiet" onClick={() => setAllColumns(true)}>
          Show all {count(columns.length)} columns
        </button>
      )}
      {drawnRows.length < rows.length && (
        <button type="button" class="quiet" onClick={() => setAllRows(true)}>
          Show all {count(rows.length)} rows
        </button>
      )}
    </div>
  );
}

function Head({ column, order, onOrder }: { column: Column; order: Order | null; onOrder(order: Order): void }) {
  const isBy = order?.by === column.key;
  const isDescending = isBy ? order.isDescending : column.higher_is_better === false;
  return (
    <th scope="col" class="number" aria-sort={isBy ? (order.isDescending ? 'descending' : 'ascending') : undefined}>
      <button
        type="button"
        class="quiet board-sort"
        onClick={() => onOrder({ by: column.key, isDescending: !isDescending })}
      >
        <span>
          <bdi class="board-task">{column.task}</bdi>
          <span class="quiet-text">
            {column.is_group && 'group, '}
            {column.metric !== null && (
              <bdi>{metricText({ metric: column.metric, filter: column.filter ?? 'none' })}</bdi>
            )}
          </span>
        </span>
        {isBy && <Icon name={order.isDescending ? 'lower' : 'higher'} />}
        {column.higher_is_better !== null && (
          <span class="hidden">, {column.higher_is_better ? 'higher' : 'lower'} is better</span>
        )}
      </button>
    </th>
  );
}

function BoardCell({ cell }: { cell: Cell | undefined }) {
  if (cell === undefined) return <td />;
  if (cell.score === null) {
    return (
      <td class="number board-empty">
        {cell.job_id === null ? cell.reason : <a href={href(['jobs', cell.job_id])}>{cell.reason}</a>}
      </td>
    );
  }
  const { score, is_best: isBest, newer } = cell;
  const { value, stderr, n } = score;
  const title = `${exactText(value) || 'not a finite number'} ± ${exactText(stderr) || 'unknown'}, n ${n ?? 'unknown'}`;
  return (
    <td class={isBest ? 'number board-best' : 'number'}>
      <a href={href(['jobs', score.job_id, 'scores'])} title={title}>
        {isBest && <Icon name="best" />}
        {isBest && <span class="hidden">best: </span>}
        {value === null ? 'not a number' : scoreText(score)}
      </a>
      {newer !== null && (
        <a class="board-newer" href={href(['jobs', newer.job_id])}>
          newer run: {newer.reason}
        </a>
      )}
    </td>
  );
}
