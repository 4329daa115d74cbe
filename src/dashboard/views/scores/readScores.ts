import type { Client, MissingScore, Score } from '../../../client/index.ts';

/** Scores that are shown at most: pages of 10,000 are read until there are so many. */
export const MOST_SCORES = 50_000;

/** Scores of a query, what was asked for and has none, and whether there are more. */
export type Scores = { scores: Score[]; missing: MissingScore[]; isMore: boolean };

type Asked = NonNullable<Parameters<Client['scores']>[0]>;

/** Reads the scores of a query, page by page: of more than {@link MOST_SCORES} the newest. They come in the order in which their jobs ended. @throws ClientError */
export async function readScores(client: Client, asked: Asked, signal: AbortSignal): Promise<Scores> {
  const first = await client.scores({ ...asked, order: 'newest' }, { signal });
  const { missing } = first;
  const scores = [...first.scores];
  let next = first.next_cursor;
  while (next !== null && scores.length < MOST_SCORES) {
    const page = await client.scores({ ...asked, order: 'newest', missing: false, cursor: next }, { signal });
    scores.push(...page.scores);
    next = page.next_cursor;
  }
  return { scores: scores.reverse(), missing, isMore: next !== null };
}

/** Whether an event may have changed scores, or why there are none. */
export const mayChangeScores = ({ type }: { type: string }): boolean =>
  type === 'completed' || type === 'failed' || type === 'cancelled';

/** The checkpoint of a score, short: the last two parts of its path; without one the model. */
export const nameOf = ({ checkpoint, model }: Pick<Score, 'checkpoint' | 'model'>): string =>
  checkpoint?.split('/').filter(Boolean).slice(-2).join('/') || model;

/** A metric by its filter, for people. */
export const metricText = ({ metric, filter }: Pick<Score, 'metric' | 'filter'>): string =>
  filter === 'none' ? metric : `${metric}, ${filter}`;
