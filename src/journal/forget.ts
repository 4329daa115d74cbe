import type { DatabaseSync } from 'node:sqlite';
import { transaction } from './transaction.ts';

/**
 * Deletes finished jobs for good, in one transaction. Ids of other jobs and unknown ones are passed over.
 * @returns how many were deleted.
 */
export type Forget = (jobIds: readonly string[]) => number;

/**
 * Prepares the statements that forget jobs. Events are kept without a gap: they go from the front, up to the first
 * event of the oldest job that stays; the last one always stays, so that its number is not given out again.
 */
export function createForget(database: DatabaseSync): Forget {
  const forgetJob = database.prepare('DELETE FROM jobs WHERE job_id = ? AND end_turn IS NOT NULL');
  const forgetEvents = database.prepare(
    `DELETE FROM events WHERE number < (
       SELECT min(keep) FROM (SELECT min(turn) AS keep FROM jobs UNION ALL SELECT max(number) FROM events)
     )`,
  );
  return (jobIds) =>
    transaction(database, () => {
      const deleted = jobIds.reduce((count, jobId) => count + Number(forgetJob.run(jobId).changes), 0);
      forgetEvents.run();
      return deleted;
    });
}

/** Deletes the scores of jobs that ended before a moment, the first `limit` of them. @returns of how many jobs there were. */
export type ForgetScores = (before: number, limit: number) => number;

/** Prepares the statements. Jobs end in the order of their numbers: what it costs does not grow with what stays. */
export function createForgetScores(database: DatabaseSync): ForgetScores {
  // One of an earlier version ended before this journal's time began.
  const forget = database.prepare(
    `DELETE FROM score_jobs WHERE ifnull(ended_monotonic, 0) < ?
       AND number IN (SELECT number FROM score_jobs ORDER BY number LIMIT ?)`,
  );
  // Of a job that is kept it is known which files are its own, and is so again when its scores have gone.
  const forgetFiles = database.prepare(
    `DELETE FROM result_files WHERE ended_monotonic < ?
       AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.job_id = result_files.job_id)`,
  );
  return (before, limit) =>
    transaction(database, () => {
      forgetFiles.run(before);
      return Number(forget.run(before, limit).changes);
    });
}
