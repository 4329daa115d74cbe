import type { DatabaseSync } from 'node:sqlite';
import type { Journal } from '../machines/ports/journal.ts';
import type { JobRecord } from '../schemas/job/jobRecord.ts';
import { recordOf } from './rows.ts';

/** Characters of requests and outcomes after which a batch is full: a request may have a megabyte. */
const FULL = 4_000_000;

/**
 * The ids of the jobs that are beyond the history, the oldest first: what it costs does not grow with those that stay.
 * @param countEnded how many jobs have ended; without it they are counted each time.
 */
export function createExpiredIds(database: DatabaseSync, countEnded = endedCounter(database)) {
  const oldest = database.prepare(
    'SELECT job_id, ended_monotonic FROM jobs WHERE end_turn IS NOT NULL ORDER BY end_turn',
  );
  const undelivered = database.prepare('SELECT DISTINCT job_id FROM deliveries');
  return function* (keep: number, before: number, isKept: (jobId: string) => boolean = () => false): Generator<string> {
    let surplus = countEnded() - keep;
    let owed: Set<unknown> | null = null;
    for (const { job_id: jobId, ended_monotonic: endedAt } of oldest.iterate()) {
      // One of an earlier version ended before this journal's time began.
      if (surplus <= 0 && Number(endedAt ?? 0) >= before) return;
      surplus--;
      owed ??= new Set(undelivered.all().map((row) => row['job_id']));
      if (!owed.has(jobId) && !isKept(String(jobId))) yield String(jobId);
    }
  };
}

/** Finds the jobs that are beyond the history, so many at a time as `createExpiredIds` has them. */
export function createExpired(database: DatabaseSync, countEnded?: () => number): Journal['expired'] {
  const idsBeyond = createExpiredIds(database, countEnded);
  const byId = database.prepare('SELECT * FROM jobs WHERE job_id = ?');
  return (keep, before, limit, isKept) => {
    const records: JobRecord[] = [];
    let size = 0;
    for (const jobId of idsBeyond(keep, before, isKept)) {
      const row = byId.get(jobId) ?? {};
      records.push(recordOf(row));
      size += String(row['request']).length + String(row['outcome']).length;
      if (records.length >= limit || size >= FULL) break;
    }
    return records;
  };
}

/** Counts the jobs that have ended, at a cost that grows with them. */
export function endedCounter(database: DatabaseSync): () => number {
  const count = database.prepare('SELECT count(*) AS count FROM jobs WHERE end_turn IS NOT NULL');
  return () => Number(count.get()?.['count']);
}
