import type { ScoredSample, TaskEvaluation } from './evaluate.ts';
import type { DemoGroup } from './tasks/catalog.ts';

/** A row of the results: a task or a group. Its score is null when nothing was scored. */
export type ScoreRow = {
  readonly name: string;
  readonly kind: 'group' | 'task';
  /** A task that was asked for through a group. */
  readonly grouped: boolean;
  readonly score: Score | null;
};

/** The rows of a run: first the groups asked for, then every task. */
export function scoreRows(evaluations: readonly TaskEvaluation[], groups: readonly DemoGroup[]): ScoreRow[] {
  const tasks = evaluations.map(({ task, samples }): ScoreRow => {
    const grouped = groups.some((group) => group.tasks.includes(task));
    return { name: task.name, kind: 'task', grouped, score: scoreOf(samples) };
  });
  const totals = groups.map((group): ScoreRow => {
    const parts = tasks.filter((row) => group.tasks.some((task) => task.name === row.name));
    const scores = parts.flatMap((row) => row.score ?? []);
    return { name: group.name, kind: 'group', grouped: false, score: scores.length > 0 ? pooled(scores) : null };
  });
  return [...totals, ...tasks];
}

/** The rows as a Markdown table, for readers of the log. */
export function scoreTable(rows: readonly ScoreRow[]): string {
  const head = ['Tasks         ', 'Metric', 'Value ', ' ', 'Stderr'];
  const lines = rows.map(({ name, grouped, score }) => [
    `${grouped ? ' - ' : ''}${name}`.padEnd(14),
    score === null ? 'none  ' : 'acc   ',
    score?.mean.toFixed(4) ?? '   N/A',
    '±',
    score?.stderr?.toFixed(4) ?? '   N/A',
  ]);
  return [head, head.map((cell) => '-'.repeat(cell.length)), ...lines].map((line) => `|${line.join('|')}|\n`).join('');
}

function scoreOf(samples: readonly ScoredSample[]): Score | null {
  const hits = samples.flatMap((sample) => sample.hit ?? []);
  return hits.length > 0 ? accuracy(hits) : null;
}

/** A mean and how sure it is. */
export type Score = {
  mean: number;
  /** Standard error of the mean; null when there are too few samples to know. */
  stderr: number | null;
  /** Samples. */
  n: number;
};

/**
 * The share of hits. Its standard error is the sample's standard deviation over √n; for hits and misses that is
 * √(p(1-p)/(n-1)), with n-1 because p was estimated from the same samples. Null for a single sample.
 */
export function accuracy(hits: readonly boolean[]): Score {
  const n = hits.length;
  const mean = hits.filter((hit) => hit).length / n;
  return { mean, stderr: n > 1 ? Math.sqrt((mean * (1 - mean)) / (n - 1)) : null, n };
}

/**
 * The scores of several tasks as one: the mean weighted by samples, and lmms-eval's pooled standard error, which
 * averages the tasks' own variances, so that a difference between the tasks' means adds nothing to it.
 */
export function pooled(scores: readonly Score[]): Score {
  const n = scores.reduce((sum, score) => sum + score.n, 0);
  const mean = scores.reduce((sum, score) => sum + score.mean * score.n, 0) / n;
  let squares = 0;
  for (const score of scores) {
    if (score.stderr === null) return { mean, stderr: null, n };
    squares += (score.n - 1) * score.n * score.stderr ** 2;
  }
  return { mean, stderr: Math.sqrt(squares / (n - scores.length) / n), n };
}
