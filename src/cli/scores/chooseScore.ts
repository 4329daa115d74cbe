import type { Score } from '../../schemas/scores/score.ts';
import { UsageError } from '../frame/exitCodes.ts';
import { plain } from '../frame/output/cells.ts';

/** Metrics and filters that a refusal names. */
const NAMED = 12;

/** The one metric and filter that scores of a task are of. @throws UsageError where there are several: none is picked silently. */
export function chooseScore(task: string, scores: readonly Score[]): Score | undefined {
  const kinds = new Map(scores.map((score) => [JSON.stringify([score.metric, score.filter]), score]));
  const [first, ...others] = kinds.values();
  if (first === undefined || others.length === 0) return first;
  const all = [first, ...others].map(({ metric, filter }) => `--metric ${metric} --filter ${filter}`);
  const more = all.length > NAMED ? ` and ${all.length - NAMED} more` : '';
  throw new UsageError(
    plain(`${task} has ${all.length} scores, and one is drawn: ${all.slice(0, NAMED).join(', ')}${more}`),
  );
}
