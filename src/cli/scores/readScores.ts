import type { ScoresFilter } from '../../client/scores.ts';
import type { MissingScore, Score } from '../../schemas/scores/score.ts';
import type { Context } from '../frame/context.ts';

export type FoundScores = { scores: Score[]; missing: MissingScore[] };

/** All scores that a filter lets through, in the order in which their jobs ended, and what was asked for and has none. @throws ClientError */
export async function readScores(context: Context, filter: ScoresFilter): Promise<FoundScores> {
  const client = await context.client();
  const scores: Score[] = [];
  const missing = new Map<string, MissingScore>();
  for (let cursor: string | undefined; ; ) {
    const page = await client.scores({ ...filter, missing: true, cursor }, { signal: context.signal });
    scores.push(...page.scores);
    for (const gap of page.missing) missing.set(`${gap.job_id} ${gap.task}`, gap);
    if (page.next_cursor === null) return { scores, missing: [...missing.values()] };
    cursor = page.next_cursor;
  }
}
