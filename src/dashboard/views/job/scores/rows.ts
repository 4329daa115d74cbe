import type { JobResults, RawJson, ShownMetrics } from '../../../../client/index.ts';
import { csvLine } from '../../../csv.ts';

/** One score, and the job that it is of. */
export type Row = { task: string; metric: string; jobId: string } & ShownMetrics[string][string];

/** The scores of a job, a row a metric. @param merged of a retry: with those of the jobs that it repeats. */
export function rowsOf(results: JobResults, merged: boolean): Row[] {
  const { metrics, jobs } = (merged ? results.merged : null) ?? { metrics: results.metrics, jobs: {} };
  return Object.entries(metrics).flatMap(([task, scores]) =>
    Object.entries(scores).map(([metric, score]) => ({
      task,
      metric,
      jobId: Object.hasOwn(jobs, task) ? (jobs[task] ?? results.job_id) : results.job_id,
      ...score,
    })),
  );
}

/** A number with all of its digits, as the harness wrote it. */
export function exactText(value: number | RawJson | null): string {
  if (value === null) return '';
  return typeof value === 'number' ? String(value) : value.rawJSON;
}

/** Which direction of a metric is the better one; empty when the harness does not say. */
export const better = ({ higher_is_better: higher }: Pick<Row, 'higher_is_better'>): 'higher' | 'lower' | '' =>
  higher === null ? '' : higher ? 'higher' : 'lower';

const heads = ['task', 'metric', 'value', 'stderr', 'n', 'failed', 'empty', 'better', 'job_id'];
/** Columns of numbers in {@link heads}. */
const NUMBERS = new Set(['value', 'stderr', 'n', 'failed', 'empty']);

const cells = (row: Row): string[] => [
  row.task,
  row.metric,
  exactText(row.value),
  exactText(row.stderr),
  exactText(row.n),
  exactText(row.n_failed),
  exactText(row.n_empty),
  better(row),
  row.jobId,
];

/** Scores as CSV (RFC 4180), with all digits. */
export const csv = (rows: readonly Row[]): string => [heads, ...rows.map(cells)].map(csvLine).join('');

/** Scores as a table of Markdown, with all digits. */
export function markdown(rows: readonly Row[]): string {
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |\n`;
  const rule = heads.map((name) => (NUMBERS.has(name) ? '---:' : '---'));
  return [line(heads), line(rule), ...rows.map((row) => line(cells(row).map(escaped)))].join('');
}

/** A cell ends at a line's end and at `|`; and what a run named is no markup. */
const escaped = (text: string): string => text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[\\|<>[\]`*]/g, '\\$&');
