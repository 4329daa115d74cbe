import type { DatabaseSync } from 'node:sqlite';
import { jobRecordSchema } from '../schemas/jobRecord.ts';
import { reasonOf } from '../thrown.ts';
import { type JobRow, recordOf } from './rows.ts';

/** What a check of a journal found. */
export type JournalReport = {
  /** Jobs by state. */
  jobs: Record<string, number>;
  events: { count: number; first: number | null; last: number | null };
  /** What is wrong, a line each; empty when all is well. */
  problems: string[];
};

/** The state in which each type of event leaves a job. */
const stateAfter = "CASE type WHEN 'submitted' THEN 'queued' WHEN 'started' THEN 'running' ELSE type END";

/** Checks a journal: the file, the numbers of the events, each row, and that rows and events tell the same. */
export function checkJournal(database: DatabaseSync): JournalReport {
  const events = database
    .prepare('SELECT count(*) AS count, min(number) AS first, max(number) AS last FROM events')
    .get();
  const [count, first, last] = [
    Number(events?.['count']),
    numberOrNull(events?.['first']),
    numberOrNull(events?.['last']),
  ];
  const counts = database.prepare('SELECT status, count(*) AS count FROM jobs GROUP BY status').all();
  return {
    jobs: Object.fromEntries(counts.map((row) => [String(row['status']), Number(row['count'])])),
    events: { count, first, last },
    problems: [
      ...damages(database),
      ...(first !== null && last !== null && count !== last - first + 1
        ? [`events ${first} to ${last} should be ${last - first + 1} rows and are ${count}: the numbers have gaps`]
        : []),
      ...unreadableRows(database),
      ...contradictions(database),
      ...secretsLeft(database),
    ],
  };
}

function damages(database: DatabaseSync): string[] {
  const lines = database.prepare('PRAGMA integrity_check').all();
  return lines.map((row) => String(row['integrity_check'])).filter((line) => line !== 'ok');
}

function unreadableRows(database: DatabaseSync): string[] {
  const problems: string[] = [];
  for (const row of database.prepare('SELECT * FROM jobs').iterate() as Iterable<JobRow>) {
    try {
      jobRecordSchema.parse(recordOf(row));
    } catch (error) {
      problems.push(`the row of job ${row['job_id']} cannot be read: ${reasonOf(error)}`);
    }
  }
  return problems;
}

/** Rows whose state is not where their last event left them. */
function contradictions(database: DatabaseSync): string[] {
  const rows = database
    .prepare(
      `SELECT jobs.job_id, jobs.status, ${stateAfter} AS told FROM jobs
       JOIN events ON events.number =
         (SELECT max(number) FROM events AS own WHERE own.job_id = jobs.job_id AND own.type NOT IN ('launched', 'placed', 'withdrawn'))
       WHERE told <> jobs.status`,
    )
    .all();
  return rows.map((row) => `job ${row['job_id']} is ${row['status']}, and its events say ${row['told']}`);
}

/** What requests keep back goes with the end of their jobs. */
function secretsLeft(database: DatabaseSync): string[] {
  // A journal of an earlier version has none until a server has opened it.
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'job_secrets'").get() === undefined) return [];
  const rows = database
    .prepare('SELECT job_id FROM job_secrets WHERE job_id NOT IN (SELECT job_id FROM jobs WHERE ended_at IS NULL)')
    .all();
  return rows.map((row) => `job ${row['job_id']} has ended, and what its request keeps back is still there`);
}

const numberOrNull = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));
