import type { RunJob } from '../runner/contract.ts';
import type { Journal } from './contract.ts';

export type HistoryLimits = {
  /** Finished jobs that stay readable. */
  jobs: number;
  /** Milliseconds for which they stay readable. */
  age: number;
};

const DAY = 24 * 60 * 60 * 1_000;
export const daysToAge = (days: number): number => days * DAY;

/**
 * Keeps the history within its limits: the jobs that ended first go, with what their runs left. The folders go before
 * the rows, so that a crash between the two leaves a row to find them by, never a folder that nobody knows.
 * @param discard deletes what belongs to evald of a job's run. @returns a function to call whenever a job has ended.
 */
export function createHistory(
  journal: Pick<Journal, 'expired' | 'forget'>,
  discard: (job: RunJob) => Promise<void>,
  limits: HistoryLimits,
  now: () => number,
): () => Promise<void> {
  let pruning: Promise<void> | null = null;

  const prune = async (): Promise<void> => {
    const expired = journal.expired(limits.jobs, now() - limits.age);
    if (expired.length === 0) return;
    for (const job of expired) await discard(job);
    await journal.forget(expired.map(({ jobId }) => jobId));
  };

  return () => {
    // One at a time: the next sees what this one left.
    const next = (pruning ?? Promise.resolve()).then(prune);
    pruning = next.catch(() => {});
    return next;
  };
}
