import type { JobInfo } from '../../schemas/job/job.ts';
import type { RawJson } from '../../schemas/results/exactNumber.ts';

/** The scores of completed jobs as a table: a row a job, a column a task and metric, `score ± standard error`. */
export function scoreTable(jobs: readonly JobInfo[]): string {
  const columns = [...new Set(jobs.flatMap((job) => scoresOf(job).map(({ column }) => column)))];
  const rows = jobs.map((job) => {
    const scores = new Map(scoresOf(job).map(({ column, text }) => [column, text]));
    return [job.request.model, ...columns.map((column) => scores.get(column) ?? '')];
  });
  const table = [['model', ...columns], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`);
  lines.splice(1, 0, `  ${widths.map((width) => '─'.repeat(width)).join('   ')}`);
  return lines.join('\n');
}

function scoresOf({ metrics }: JobInfo): { column: string; text: string }[] {
  return Object.entries(metrics ?? {}).flatMap(([task, scores]) =>
    Object.entries(scores).map(([metric, { value, stderr }]) => ({
      column: `${task} ${metric}`,
      text: value === null ? 'n/a' : decimals(value) + (stderr === null ? '' : ` ± ${decimals(stderr)}`),
    })),
  );
}

const decimals = (number: number | RawJson): string =>
  typeof number === 'number' ? number.toFixed(3) : number.rawJSON;
