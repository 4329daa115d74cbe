import type { JobInfo } from '../../schemas/job/job.ts';
import { scoresOf, scoreText } from '../../text/scores.ts';

/** The scores of completed jobs as a table: a row a job, a column a task and metric, `score ± standard error`. */
export function scoreTable(jobs: readonly JobInfo[]): string {
  const columns = [...new Set(jobs.flatMap((job) => cellsOf(job).map(({ column }) => column)))];
  const rows = jobs.map((job) => {
    const scores = new Map(cellsOf(job).map(({ column, text }) => [column, text]));
    return [job.request.model, ...columns.map((column) => scores.get(column) ?? '')];
  });
  const table = [['model', ...columns], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`);
  lines.splice(1, 0, `  ${widths.map((width) => '─'.repeat(width)).join('   ')}`);
  return lines.join('\n');
}

const cellsOf = ({ metrics }: JobInfo): { column: string; text: string }[] =>
  scoresOf(metrics ?? {}).map((score) => ({ column: `${score.task} ${score.metric}`, text: scoreText(score) }));
