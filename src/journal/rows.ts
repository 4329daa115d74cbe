import type { SQLOutputValue } from 'node:sqlite';
import type { JobContent, JournalEvent, StoredJob, UnendedCount } from '../machines/ports/journal.ts';
import { type JobRecord, noAttempts } from '../schemas/job/jobRecord.ts';
import { noOptions } from '../schemas/submission/jobOptions.ts';

/** A row of `jobs` as SQLite gives it. */
export type JobRow = Record<string, SQLOutputValue>;

/** A job from what `restore` asks of its row. */
export function storedJob(row: JobRow, record: StoredJob['record'] = null): StoredJob {
  return {
    jobId: String(row['job_id']),
    status: row['status'] as JobRecord['status'],
    priority: Number(row['priority']),
    sequence: Number(row['turn']),
    bytes: Number(row['bytes']),
    submittedBy: textOrNull(row['submitted_by']),
    pool: textOrNull(row['pool']),
    mayBeHeld: row['may_be_held'] === 1,
    record,
  };
}

/** How many jobs have not ended, from a row of such counts. */
export function unendedCount(row: JobRow): UnendedCount {
  return {
    status: row['status'] as JobRecord['status'],
    harness: textOrNull(row['harness']),
    count: Number(row['count']),
  };
}

/** A record from its row. What the journal wrote is taken as it is: it was checked when it came in. */
export function recordOf(row: JobRow): JobRecord {
  const key = row['idempotency_key'];
  return {
    jobId: String(row['job_id']),
    folderName: String(row['folder_name']),
    status: row['status'] as JobRecord['status'],
    createdAt: Number(row['created_at']),
    createdMonotonic: numberOrNull(row['created_monotonic']),
    startedAt: numberOrNull(row['started_at']),
    endedAt: numberOrNull(row['ended_at']),
    startedMonotonic: numberOrNull(row['started_monotonic']),
    endedMonotonic: numberOrNull(row['ended_monotonic']),
    request: jsonOf(row['request']),
    warnings: jsonOf(row['warnings']),
    devices: jsonOf(row['devices']),
    run: jsonOf(row['run']),
    stopRequest: jsonOf(row['stop_requested']),
    parts: partsOf(row),
    attempts: jsonOf(row['attempts'] ?? null) ?? noAttempts,
    outcome: jsonOf(row['outcome']),
    cancelledFor: textOrNull(row['cancelled_for']),
    // Those that an earlier version did not know are absent.
    options: { ...noOptions, ...jsonOf(row['options']) },
    retryOf: textOrNull(row['retry_of']),
    submittedBy: textOrNull(row['submitted_by']),
    imported: jsonOf(row['imported']),
    idempotency: key === null ? null : { key: String(key), requestHash: String(row['request_hash']) },
  };
}

/** The request, the parts and the outcome from a row that has these, and their length. */
export function contentOf({ request, outcome, parts = null }: JobRow): JobContent {
  const size = lengthOf(request) + lengthOf(outcome) + lengthOf(parts);
  return { request: jsonOf(request), outcome: jsonOf(outcome), parts: partsOf({ parts }), size };
}

/** The parts of a split job that have ended. */
export const partsOf = (row: JobRow): JobRecord['parts'] => jsonOf(row['parts']) ?? [];

const lengthOf = (value: SQLOutputValue | undefined): number => (typeof value === 'string' ? value.length : 0);

/** An event from its row. */
export function eventOf(row: JobRow): JournalEvent {
  return {
    number: Number(row['number']),
    jobId: String(row['job_id']),
    at: Number(row['at']),
    type: row['type'] as JournalEvent['type'],
    data: jsonOf(row['data']),
    who: textOrNull(row['who']),
  };
}

export const numberOrNull = (value: SQLOutputValue | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);

export const textOrNull = (value: SQLOutputValue | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

const jsonOf = (value: SQLOutputValue | undefined) => (typeof value === 'string' ? JSON.parse(value) : null);
