import type { DatabaseSync } from 'node:sqlite';
import type { Journal } from './contract.ts';
import { recordOf, storedJob } from './rows.ts';

/** What can be asked of a journal without waiting. */
export type JournalReader = Pick<Journal, 'restore' | 'find' | 'findByKey' | 'expired'>;

/** Prepares the questions; each answers from an index and sees every commit that was acknowledged. */
export function createReader(database: DatabaseSync): JournalReader {
  const waiting = database.prepare("SELECT * FROM jobs WHERE status = 'queued' ORDER BY turn");
  const running = database.prepare("SELECT * FROM jobs WHERE status = 'running' ORDER BY started_at, turn");
  const finished = database.prepare(
    'SELECT * FROM (SELECT * FROM jobs WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, turn DESC LIMIT ?) ORDER BY ended_at, turn',
  );
  const byId = database.prepare('SELECT * FROM jobs WHERE job_id = ?');
  const byKey = database.prepare('SELECT job_id, request_hash FROM jobs WHERE idempotency_key = ?');
  const surplus = database.prepare(
    'SELECT * FROM jobs WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, turn DESC LIMIT -1 OFFSET ?',
  );
  const old = database.prepare('SELECT * FROM jobs WHERE ended_at < ? ORDER BY ended_at');

  return {
    restore: (count) => [...finished.all(count), ...running.all(), ...waiting.all()].map(storedJob),
    find: (jobId) => {
      const row = byId.get(jobId);
      return row && recordOf(row);
    },
    findByKey: (key) => {
      const row = byKey.get(key);
      return row && { jobId: String(row['job_id']), requestHash: String(row['request_hash']) };
    },
    expired: (keep, before) => {
      const records = [...old.all(before), ...surplus.all(keep)].map(recordOf);
      return [...new Map(records.map((record) => [record.jobId, record])).values()];
    },
  };
}
