import type { DatabaseSync } from 'node:sqlite';
import { shownUrl } from '../schemas/shownUrl.ts';
import { eventOf, type JobRow, recordOf } from './rows.ts';

/** The journal as JSON lines: a `job` line for each job in the order of arrival, then an `event` line for each event. */
export function* exportJournal(database: DatabaseSync): Generator<string> {
  for (const row of database.prepare('SELECT * FROM jobs ORDER BY turn').iterate() as Iterable<JobRow>) {
    const { options, ...job } = recordOf(row);
    const shown = { ...options, callback_url: options.callback_url && shownUrl(options.callback_url) };
    yield JSON.stringify({ kind: 'job', ...job, options: shown });
  }
  for (const row of database.prepare('SELECT * FROM events ORDER BY number').iterate() as Iterable<JobRow>) {
    yield JSON.stringify({ kind: 'event', ...eventOf(row) });
  }
}
