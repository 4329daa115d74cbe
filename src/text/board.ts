/** A board: which model reached what on which task. Of rows of the long table, the same at a terminal and on the page. */
import { nearestDouble } from '../schemas/results/exactNumber.ts';
import type { MissingScore, Score } from '../schemas/scores/score.ts';
import { scoreName } from './comparison.ts';

/** One score that is compared down a column: a task by a metric by a filter. */
export type BoardColumn = {
  task: string;
  /** Null where the task was asked for, and there is no score of it. */
  metric: string | null;
  filter: string | null;
  higher_is_better: boolean | null;
  is_group: boolean;
  /** Why no best one is marked; null when one is. */
  unmarked: string | null;
};

/** Why a job has no score. */
export type BoardGap = { reason: string; job_id: string };

/** What stands where a row and a column meet: a score, or why there is none. */
export type BoardCell =
  | {
      score: Score;
      is_best: boolean;
      /** A newer run of the same, which has no score: the one that is shown is not what was measured last. */
      newer: BoardGap | null;
    }
  | { score: null; reason: string; job_id: string | null };

/** A model at a checkpoint, or one job of it. */
export type BoardRow = {
  model: string;
  checkpoint: string | null;
  /** Results of earlier runs never stand in the row of evald's own. */
  imported: boolean;
  run: string | null;
  step: number | null;
  /** The job, where each has a row of its own; else null: its scores may be of several. */
  job_id: string | null;
  /** When its newest score was measured; null: it has none. */
  completed_at: string | null;
  /** One for each column. */
  cells: BoardCell[];
};

export type Board = { columns: BoardColumn[]; rows: BoardRow[] };

type Of = Pick<Score, 'model' | 'checkpoint' | 'imported' | 'job_id'>;

/**
 * Puts scores into a board. Of several scores of one model, checkpoint, task, metric and filter the newest counts.
 * @param scores in the order in which their jobs ended. @param missing the newest jobs first.
 * @param each whether each job has a row of its own.
 */
export function makeBoard(scores: readonly Score[], missing: readonly MissingScore[], each = false): Board {
  const rowKey = ({ model, checkpoint, imported, job_id }: Of) =>
    JSON.stringify([model, checkpoint, imported, each ? job_id : null]);
  const found = new Map<string, { row: BoardRow; scores: Map<string, Score>; gaps: Map<string, MissingScore> }>();
  const rowOf = (of: Score | MissingScore) => {
    const key = rowKey(of);
    const { model, checkpoint, imported, run, step } = of;
    const known = found.get(key) ?? {
      row: {
        ...{ model, checkpoint, imported, run, step, job_id: each ? of.job_id : null },
        ...{ completed_at: null, cells: [] },
      },
      scores: new Map(),
      gaps: new Map(),
    };
    found.set(key, known);
    return known;
  };
  for (const score of scores) {
    const { row, scores: own } = rowOf(score);
    own.set(columnKey(score), score);
    Object.assign(row, { run: score.run, step: score.step, completed_at: score.completed_at });
  }
  for (const gap of missing) {
    const { gaps } = rowOf(gap);
    if (!gaps.has(gap.task)) gaps.set(gap.task, gap);
  }
  const all = [...found.values()].sort((a, b) => inOrder(a.row, b.row));
  const columns = columnsOf(scores, missing);
  for (const column of columns) {
    const own = all.map((one) => one.scores.get(columnKey(column)));
    column.unmarked = whyUnmarked(column, own);
    const best = column.unmarked === null ? bestOf(own, column.higher_is_better === true) : null;
    for (const [index, { row, scores: measured, gaps }] of all.entries()) {
      const score = own[index];
      const gap = gaps.get(column.task);
      row.cells.push(
        score === undefined
          ? { score: null, ...(gap ? gapOf(gap) : whyNone(column.task, measured)) }
          : {
              ...{ score, is_best: best !== null && numberOf(score) === best },
              newer: gap !== undefined && isNewer(gap, score) ? gapOf(gap) : null,
            },
      );
    }
  }
  return { columns, rows: all.map(({ row }) => row) };
}

const gapOf = ({ reason, job_id }: MissingScore): BoardGap => ({ reason, job_id });

const whyNone = (task: string, measured: ReadonlyMap<string, Score>) => ({
  reason: [...measured.values()].some((score) => score.task === task) ? 'not measured' : 'not asked',
  job_id: null,
});

/** What waits or runs will be newer. */
const isNewer = ({ job_id, ended_at }: MissingScore, score: Score): boolean =>
  job_id !== score.job_id && (ended_at === null || Date.parse(ended_at) > Date.parse(score.completed_at));

type Named = { task: string; metric: string | null; filter: string | null };

export const columnKey = ({ task, metric, filter }: Named): string => JSON.stringify([task, metric, filter]);

const collator = new Intl.Collator('en', { numeric: true });

/** By model, step and checkpoint, numbers in names by their value. */
function inOrder(a: BoardRow, b: BoardRow): number {
  return (
    collator.compare(a.model, b.model) ||
    (a.step ?? 0) - (b.step ?? 0) ||
    collator.compare(a.checkpoint ?? '', b.checkpoint ?? '') ||
    Number(a.imported) - Number(b.imported)
  );
}

function columnsOf(scores: readonly Score[], missing: readonly MissingScore[]): BoardColumn[] {
  const columns = new Map<string, BoardColumn>();
  for (const score of scores) {
    const { task, metric, filter, higher_is_better, is_group } = score;
    const key = columnKey(score);
    const known = columns.get(key);
    if (known === undefined) columns.set(key, { task, metric, filter, higher_is_better, is_group, unmarked: null });
    else if (known.higher_is_better !== higher_is_better) known.higher_is_better = null;
  }
  const measured = new Set(scores.map(({ task }) => task));
  for (const { task } of missing) {
    const column = { task, metric: null, filter: null, higher_is_better: null, is_group: false, unmarked: null };
    if (!measured.has(task)) columns.set(columnKey(column), column);
  }
  const name = ({ task, metric, filter }: BoardColumn) => [task, metric ?? '', filter ?? ''].join('\0');
  return [...columns.values()].sort((a, b) => collator.compare(name(a), name(b)));
}

/** What has to be alike before one number can be better than another. */
const alike = {
  n: 'n',
  num_fewshot: 'shots',
  task_version: 'task version',
  harness: 'harness',
} as const;

function whyUnmarked(column: BoardColumn, scores: readonly (Score | undefined)[]): string | null {
  const there = scores.filter((score) => score !== undefined && score.value !== null) as Score[];
  if (there.length < 2) return 'there is one score alone';
  if (column.higher_is_better === null) return 'it is not known whether higher is better';
  for (const [field, name] of Object.entries(alike)) {
    const values = new Set(there.flatMap((score) => score[field as keyof typeof alike] ?? []));
    if (values.size > 1) return `unlike ${name}: ${[...values].slice(0, 4).join(', ')}`;
  }
  return null;
}

function bestOf(scores: readonly (Score | undefined)[], isHigher: boolean): number | null {
  const values = scores.flatMap((score) => (score === undefined ? [] : (numberOf(score) ?? [])));
  if (values.length === 0) return null;
  return values.reduce((best, value) => (isHigher ? Math.max(best, value) : Math.min(best, value)));
}

/** What a column is called: `digits acc`, with its filter where there is one. */
export const columnName = ({ task, metric, filter }: Named): string =>
  metric === null ? task : scoreName({ task, metric, filter: filter ?? 'none' });

/** What is to be said of a cell beside its number: `best`, `newer run: failed (timedOut)`, or why it is empty. */
export function cellNote(cell: BoardCell): string {
  if (cell.score === null) return cell.reason;
  return [...(cell.is_best ? ['best'] : []), ...(cell.newer ? [`newer run: ${cell.newer.reason}`] : [])].join('; ');
}

/** The value of a score as a double; null where it was not finite. */
export const numberOf = ({ value }: Pick<Score, 'value'>): number | null => nearestDouble(value);
