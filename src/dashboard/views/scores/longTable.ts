import type { Score } from '../../../client/index.ts';
import { exactText } from '../job/scores/rows.ts';

const heads = [
  ...['run', 'step', 'task', 'metric', 'filter', 'value', 'stderr', 'n', 'higher_is_better', 'job', 'harness'],
  ...['harness_version', 'task_version', 'model', 'checkpoint', 'completed_at'],
];

/** Scores as lines of CSV, with every digit that the harness wrote. */
export const longTable = (scores: readonly Score[]): string[][] => [
  heads,
  ...scores.map((score) => [
    ...[score.run ?? '', exactText(score.step), score.task, score.metric, score.filter],
    ...[exactText(score.value), exactText(score.stderr), exactText(score.n)],
    ...[score.higher_is_better === null ? '' : String(score.higher_is_better), score.job_id],
    ...[score.harness ?? '', score.harness_version ?? '', score.task_version ?? ''],
    ...[score.model, score.checkpoint ?? '', score.completed_at],
  ]),
];
