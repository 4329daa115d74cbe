/** Scores as text: the same at a terminal and on the page. */
import type { JobInfo } from '../schemas/job/job.ts';
import type { ShownMetrics } from '../schemas/job/outcome.ts';
import type { RawJson } from '../schemas/results/exactNumber.ts';

/** A number that a job has found. */
export type Score = { task: string; metric: string } & ShownMetrics[string][string];

/** The scores of a table of tasks, a row a metric. */
export function scoresOf(metrics: ShownMetrics): Score[] {
  return Object.entries(metrics).flatMap(([task, row]) =>
    Object.entries(row).map(([metric, score]) => ({ task, metric, ...score })),
  );
}

/** A score with three decimals; what a double cannot hold as the harness wrote it; `n/a` for what is no number. */
export function scoreValue(value: number | RawJson | null): string {
  if (value === null) return 'n/a';
  return typeof value === 'number' ? value.toFixed(3) : value.rawJSON;
}

/** A score with its standard error: `0.513 ± 0.012`. @param sign what stands between them. */
export function scoreText({ value, stderr }: Pick<Score, 'value' | 'stderr'>, sign = ' ± '): string {
  return scoreValue(value) + (value === null || stderr === null ? '' : sign + scoreValue(stderr));
}

/** The first score of a job, and how many more there are; null: it has none. */
export function firstScore(job: Pick<JobInfo, 'metrics' | 'partial_metrics'>): { score: Score; more: number } | null {
  const scores = scoresOf(job.metrics ?? job.partial_metrics ?? {});
  const [score] = scores;
  return score === undefined ? null : { score, more: scores.length - 1 };
}
