import { useMemo } from 'preact/hooks';
import { columnName, makeBoard } from '../../../text/board.ts';
import { csvBlob } from '../../csv.ts';
import { useKeys } from '../../keys.ts';
import type { Location } from '../../location.ts';
import { ErrorNote, Skeleton } from '../../parts/Notes.tsx';
import { SaveButton } from '../../parts/SaveButton.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { useLive } from '../../state/live.ts';
import { useResource } from '../../state/useResource.ts';
import { count } from '../../text.ts';
import { askedOf, change, readFilter, type ScoreFilter } from '../scores/address.ts';
import { FilterFields } from '../scores/FilterFields.tsx';
import { MOST_SCORES, mayChangeScores, readScores, type Scores } from '../scores/readScores.ts';
import { NoScores, TaskField } from '../scores/TaskField.tsx';
import { BoardTable } from './BoardTable.tsx';
import { type Column, type Order, shownBoard, sortRows } from './board.ts';
import { boardLines } from './boardLines.ts';

/** Columns that are said to have no best. */
const NAMED = 12;

/** Models and checkpoints by tasks. The address says which, and by which column they are sorted. */
export function Leaderboard({ location }: { location: Location }) {
  const { client } = useLive();
  const { query } = location;
  const filter = readFilter(query);
  const areAllRuns = query.get('runs') === 'all';
  const withEmpty = query.get('empty') === 'shown';
  const asked = { ...askedOf(filter), missing: true };
  const { value, error, reload } = useResource(JSON.stringify(asked), (signal) => readScores(client, asked, signal), {
    on: mayChangeScores,
  });
  useKeys([
    { key: '/', label: 'Choose a task', act: () => document.querySelector<HTMLInputElement>('#scores-task')?.select() },
    {
      key: 'a',
      label: 'All runs, or the newest of each',
      act: () => change(location, { runs: areAllRuns ? undefined : 'all' }),
    },
  ]);
  return (
    <div class="leaderboard">
      <h1 class="hidden">Leaderboard</h1>
      <div class="toolbar toolbar-fields">
        <TaskField key={filter.task} location={location} filter={filter} isOptional />
        <FilterFields location={location} filter={filter} />
        <Segments
          label="Which runs"
          value={areAllRuns ? 'all' : 'newest'}
          onChoose={(chosen) => change(location, { runs: chosen === 'all' ? chosen : undefined })}
          options={[
            { value: 'newest', label: 'Newest of each' },
            { value: 'all', label: 'All runs' },
          ]}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={withEmpty}
            onChange={({ currentTarget }) => change(location, { empty: currentTarget.checked ? 'shown' : undefined })}
          />
          With those without a score
        </label>
      </div>
      {error && <ErrorNote error={error} retry={reload} />}
      {value === null ? (
        !error && <Skeleton lines={10} />
      ) : (
        <Board location={location} filter={filter} read={value} areAllRuns={areAllRuns} withEmpty={withEmpty} />
      )}
    </div>
  );
}

type Props = { location: Location; filter: ScoreFilter; read: Scores; areAllRuns: boolean; withEmpty: boolean };

function Board({ location, filter, read, areAllRuns, withEmpty }: Props) {
  const made = useMemo(() => makeBoard(read.scores, read.missing, areAllRuns), [read, areAllRuns]);
  const board = useMemo(() => shownBoard(made, withEmpty), [made, withEmpty]);
  const order = orderOf(location.query);
  const by = order?.by;
  const rows = useMemo(() => (order === null ? board.rows : sortRows(board, order)), [board, by, order?.isDescending]);
  if (board.rows.length === 0) return <NoScores filter={filter} />;
  return (
    <>
      {read.isMore && (
        <p class="note note-warning">
          These are the newest {count(MOST_SCORES)} scores, and older ones are left out: a label or a day narrows them.
        </p>
      )}
      <div class="toolbar">
        <p class="quiet-text">
          {count(rows.length)} {areAllRuns ? 'runs' : 'models and checkpoints'}, {count(board.columns.length)}{' '}
          {board.columns.length === 1 ? 'score' : 'scores'}
        </p>
        <span class="toolbar-end">
          <SaveButton name="leaderboard.csv" label="CSV" make={() => csvBlob(boardLines(rows, board.columns))} />
        </span>
      </div>
      <BoardTable
        columns={board.columns}
        rows={rows}
        order={order}
        onOrder={(next) =>
          change(location, { sort: next?.by, order: next === null ? undefined : next.isDescending ? 'desc' : 'asc' })
        }
      />
      {rows.length > 1 && <Unmarked columns={board.columns} />}
    </>
  );
}

/** Why columns have no best. */
function Unmarked({ columns }: { columns: readonly Column[] }) {
  const unmarked = columns.filter((column) => column.unmarked !== null);
  return (
    <>
      {unmarked.slice(0, NAMED).map((column) => (
        <p key={column.key} class="quiet-text">
          No best of <bdi>{columnName(column)}</bdi>: {column.unmarked}.
        </p>
      ))}
      {unmarked.length > NAMED && <p class="quiet-text">{count(unmarked.length - NAMED)} more have no best.</p>}
    </>
  );
}

function orderOf(query: URLSearchParams): Order | null {
  const by = query.get('sort');
  return by === null ? null : { by, isDescending: query.get('order') !== 'asc' };
}
