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
