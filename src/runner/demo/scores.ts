import type { ScoredSample, TaskEvaluation } from './evaluate.ts';
import { accuracy, pooled, type Score } from './statistics.ts';
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

/** The rows as a Markdown table, for whoever reads the log. */
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
