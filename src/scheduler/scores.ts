import { setImmediate } from 'node:timers/promises';
import type { Journal, ScorePage, UnscoredPage } from '../machines/ports/journal.ts';
import { type Axis, showMissing, showScore } from '../projections/scores.ts';
import type { MissingScore, Score } from '../schemas/scores/score.ts';

/** Scores at a time: to read, show and write them takes some milliseconds. */
const PART = 1_000;

export type ScoreReader = {
  /** Scores in the order in which their jobs ended, or backwards, in parts; returns the cursor of the next page, null at the end. */
  scores(page: ScorePage, axis: Axis | null): AsyncGenerator<Score[], number | null>;
  /** Tasks that have no score, the newest jobs first, in parts. At most `limit`. */
  missing(page: Omit<UnscoredPage, 'cursor'>, axis: Axis | null): AsyncGenerator<MissingScore[]>;
};

/**
 * Reads scores for clients, a part at a time. However many clients read, only one of them goes on in an iteration of the event
 * loop, so that what else is asked waits for no more than that; what is not asked for is not read.
 */
export function createScoreReader(journal: Pick<Journal, 'scores' | 'unscored'>): ScoreReader {
  let last: Promise<unknown> = Promise.resolve();
  const between = () => {
    last = last.then(() => setImmediate());
    return last;
  };
  return {
    async *scores({ cursor, limit, ...page }, axis) {
      let [from, left] = [cursor, limit];
      for (;;) {
        const part = journal.scores({ ...page, cursor: from, limit: Math.min(left, PART) });
        left -= part.scores.length;
        yield part.scores.map((score) => showScore(score, axis));
        if (part.next === null || left === 0) return part.next;
        from = part.next;
        await between();
      }
    },

    async *missing({ limit, ...page }, axis) {
      let cursor: number | null = null;
      for (let left = limit; ; ) {
        const part = journal.unscored({ ...page, cursor, limit: Math.min(left, PART) });
        const missing = part.jobs.flatMap((job) => showMissing(job, axis)).slice(0, left);
        left -= missing.length;
        yield missing;
        if (part.next === null || left === 0) return;
        cursor = part.next;
        await between();
      }
    },
  };
}
