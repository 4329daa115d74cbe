import type { DatabaseSync } from 'node:sqlite';
import { eventOf, type JobRow, recordOf } from './rows.ts';

/** The journal as JSON lines: a `job` line for each job in the order of arrival, then an `event` line for each event. */
export function* exportJournal(database: DatabaseSync): Generator<string> {
  for (const row of database.prepare('SELECT * FROM jobs ORDER BY turn').iterate() as Iterable<JobRow>) {
    yield JSON.stringify({ kind: 'job', ...recordOf(row) });
  }
  for (const row of database.prepare('SELECT * FROM events ORDER BY number').iterate() as Iterable<JobRow>) {
    yield JSON.stringify({ kind: 'event', ...eventOf(row) });
  }
}
