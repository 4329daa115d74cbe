import type { z } from 'zod';
import {
  type exportFormats,
  scoreListSchema,
  type scoresFilterFields,
  type scoresQuerySchema,
} from '../schemas/scores/score.ts';
import { allPages } from './pages.ts';
import type { CallOptions, Requests } from './requests.ts';

/** Which scores are wanted, and on which axis they stand. */
export type ScoresFilter = {
  [Field in keyof typeof scoresFilterFields]?: z.input<z.ZodObject<typeof scoresFilterFields>>[Field];
};

/** The same, and which page. */
export type ScoresInput = ScoresFilter & {
  /** Whether `missing` lists what was asked for and has no score. */
  missing?: boolean | undefined;
  /** Which come first: the scores of jobs that ended first, unless said, or last. */
  order?: z.input<typeof scoresQuerySchema>['order'];
  /** Scores a page, 1 to 10,000. */
  limit?: number | undefined;
  cursor?: z.input<typeof scoresQuerySchema>['cursor'];
};

export type ExportFormat = (typeof exportFormats)[number];

/** Exports may be large, and are sent as they are made. */
const UNHURRIED = { timeout: 290_000 };

/** The scores of all jobs. */
export function createScoreCalls({ ask, open }: Requests) {
  const scoresPage = (query: ScoresInput = {}, options: CallOptions = {}) =>
    ask(scoreListSchema, { ...options, path: ['scores'], query });

  return {
    /** One page of scores, in the order in which their jobs ended, or backwards; with `missing` what was asked for and has none. */
    scores: scoresPage,

    /** All scores, page by page. */
    allScores: ({ cursor, missing: _, ...filter }: ScoresInput = {}, options: CallOptions = {}) =>
      allPages(async (from) => {
        const { scores, next_cursor } = await scoresPage({ ...filter, cursor: from }, options);
        return { items: scores, next: next_cursor };
      }, cursor),

    /** All scores as one long table, to be read by the caller: `body`, `text()`, `arrayBuffer()`. */
    exportScores: (format: ExportFormat, query: ScoresFilter = {}, options: CallOptions = {}): Promise<Response> =>
      open({ ...UNHURRIED, ...options, path: ['scores', 'export'], query: { ...query, format } }),
  };
}
