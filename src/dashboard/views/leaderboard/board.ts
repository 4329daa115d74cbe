import type { MissingScore, Score } from '../../../client/index.ts';
import { nameOf, numberOf, type Scores } from '../scores/readScores.ts';

/** One metric of one task by one filter. */
export type Column = {
  key: string;
  task: string;
  metric: string;
  filter: string;
  higherIsBetter: boolean | null;
  isGroup: boolean;
  /** The best value of all rows; null: no direction is known. */
  best: number | null;
};

/** A cell: a score, or why there is none. */
export type Cell = { score: Score; isBest: boolean } | { score: null; reason: string; jobId: string | null };

/** A model with its checkpoint; or a job, where all runs are shown. */
export type BoardRow = {
  key: string;
  name: string;
  model: string;
  checkpoint: string | null;
  run: string | null;
  step: number | null;
  isImported: boolean;
  /** When the newest of its scores was measured; empty: it has none. */
  measured: string;
  scores: ReadonlyMap<string, Score>;
  missing: readonly MissingScore[];
};

export type Board = { columns: readonly Column[]; rows: readonly BoardRow[] };

type Of = Pick<Score, 'task' | 'metric' | 'filter'>;

export const columnKey = ({ task, metric, filter }: Of): string => JSON.stringify([task, metric, filter]);

/**
 * Makes a table of scores. Of several of one model and checkpoint the newest is in it, unless each job has a row of its own.
 * @param withEmpty also rows that have no score.
 */
export function makeBoard(
  { scores, missing }: Pick<Scores, 'scores' | 'missing'>,
  areAllRuns: boolean,
  withEmpty: boolean,
): Board {
  const rowKey = ({ job_id, model, checkpoint }: Pick<Score, 'job_id' | 'model' | 'checkpoint'>) =>
    areAllRuns ? job_id : JSON.stringify([model, checkpoint]);
  const missingOf = Map.groupBy(missing, rowKey);
  const measured = [...Map.groupBy(scores, rowKey)].map(([key, some]): BoardRow => {
    // They come in the order of their ends: a later one takes the place of those before.
    const newest = new Map(some.map((score) => [columnKey(score), score]));
    const last = some.at(-1);
    return {
      ...aboutOf(key, last),
      isImported: some.some(({ imported }) => imported),
      measured: last?.completed_at ?? '',
      scores: newest,
      missing: missingOf.get(key) ?? [],
    };
  });
  const known = new Set(measured.map(({ key }) => key));
  const empty = [...missingOf].flatMap(([key, some]): BoardRow[] =>
    known.has(key) || !withEmpty
      ? []
      : [{ ...aboutOf(key, some[0]), isImported: false, measured: '', scores: new Map(), missing: some }],
  );
  const rows = [...measured.reverse(), ...empty];
  return { columns: columnsOf(scores, rows), rows };
}

const aboutOf = (key: string, of: Score | MissingScore | undefined) => ({
  ...{ key, name: of === undefined ? '' : nameOf(of), model: of?.model ?? '', checkpoint: of?.checkpoint ?? null },
  ...{ run: of?.run ?? null, step: of?.step ?? null },
});

function columnsOf(scores: readonly Score[], rows: readonly BoardRow[]): Column[] {
  return [...new Map(scores.map((score) => [columnKey(score), score]))]
    .map(([key, score]) => ({
      ...{ key, task: score.task, metric: score.metric, filter: score.filter, isGroup: score.is_group },
      higherIsBetter: score.higher_is_better,
      best: bestOf(key, score.higher_is_better, rows),
    }))
    .sort(
      (a, b) => compareTexts(a.task, b.task) || compareTexts(a.metric, b.metric) || compareTexts(a.filter, b.filter),
    );
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function bestOf(key: string, isHigher: boolean | null, rows: readonly BoardRow[]): number | null {
  if (isHigher === null) return null;
  let best: number | null = null;
  let compared = 0;
  for (const { scores } of rows) {
    const value = numberOf(scores.get(key)?.value ?? null);
    if (value === null) continue;
    compared += 1;
    if (best === null || (isHigher ? value > best : value < best)) best = value;
  }
  // One alone is better than none.
  return compared > 1 ? best : null;
}

/** What stands in a row under a column. */
export function cellOf(row: BoardRow, column: Column): Cell {
  const score = row.scores.get(column.key);
  if (score !== undefined) return { score, isBest: column.best !== null && numberOf(score.value) === column.best };
  const missing = row.missing.find(({ task }) => task === column.task);
  if (missing !== undefined) return { score: null, reason: missing.reason, jobId: missing.job_id };
  const hasTask = [...row.scores.values()].some(({ task }) => task === column.task);
  return { score: null, reason: hasTask ? 'not measured' : 'not asked', jobId: null };
}

export type Order = { by: string; isDescending: boolean };

/** Rows by a column, those without a score last; equal ones stay in their order. */
export function sortRows(rows: readonly BoardRow[], { by, isDescending }: Order): BoardRow[] {
  const valueIn = (row: BoardRow) => numberOf(row.scores.get(by)?.value ?? null);
  return rows
    .map((row) => ({ row, value: valueIn(row) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
      return isDescending ? b.value - a.value : a.value - b.value;
    })
    .map(({ row }) => row);
}
