import type { Page } from 'playwright-core';
import {
  type MissingScore,
  missingScoreSchema,
  type Score,
  type ScoreList,
  scoreSchema,
} from '../../../src/schemas/scores/score.ts';

/** An id of a job, of which there is only one with this number. */
export const madeId = (number: number): string => `${String(number).padStart(8, '0')}-0000-4000-8000-000000000000`;

const madeBy = {
  ...{
    job_id: madeId(1),
    imported: false,
    model: 'qwen2_5_vl',
    checkpoint: '/ckpt/r7/step-1000',
    run: 'r7',
    step: 1_000,
  },
  ...{ labels: { run: 'r7', step: 1_000 }, x: 1_000 },
};

/** A score as the server gives it. @param of what is other than usual. */
export const madeScore = (of: Partial<Score> = {}): Score =>
  scoreSchema.parse({
    ...madeBy,
    ...{ submitted_by: null, completed_at: '2026-11-20T10:00:00.000Z', task: 'mmmu', metric: 'acc', filter: 'none' },
    ...{ value: 0.5, stderr: 0.05, interval: [0.4, 0.6], n: 100, higher_is_better: true, is_group: false },
    ...{ harness: 'lmms-eval', harness_version: '0.5.0', task_version: '1.0', num_fewshot: 0, git_hash: null },
    ...{ num_gpus: 1, seed: '0' },
    ...of,
  });

export const madeMissing = (of: Partial<MissingScore> = {}): MissingScore =>
  missingScoreSchema.parse({
    ...madeBy,
    ...{ task: 'mmmu', status: 'failed', failure_kind: 'timedOut', reason: 'failed (timedOut)' },
    ended_at: '2026-11-20T11:00:00.000Z',
    ...of,
  });

/** Where a page asks for scores. */
export const isScores = ({ pathname }: URL): boolean => pathname === '/scores';

/** Has a page get these scores, whatever it asks for, in the order that it asks for. @param list the oldest first. @returns the queries it has asked so far. */
export async function answerScores(page: Page, list: Partial<ScoreList>): Promise<URLSearchParams[]> {
  const asked: URLSearchParams[] = [];
  await page.route(isScores, (route) => {
    const query = new URL(route.request().url()).searchParams;
    asked.push(query);
    const { scores = [] } = list;
    const ordered = query.get('order') === 'newest' ? scores.toReversed() : scores;
    return route.fulfill({ json: { missing: [], next_cursor: null, ...list, scores: ordered } });
  });
  return asked;
}

/** Shows a view of a page that is open. */
export const show = (page: Page, path: string): Promise<void> =>
  page.evaluate(`void (location.hash = ${JSON.stringify(path)})`);
