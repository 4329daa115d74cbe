import type { DatabaseSync } from 'node:sqlite';
import { firstLine } from '../errors.ts';
import type { JobRow } from './rows.ts';

/** Reads that may fail before what is left is given up: each costs some microseconds. */
const MOST_FAILURES = 50_000;
/** Higher than any number of a row, for a table whose last number cannot be read. */
const BEYOND = 2 ** 40;

/** What became of reading a table. */
export type Salvage = {
  saved: number;
  /** Rows that are known to be there and could not be read; null: some, and their number is not known. */
  lost: number | null;
  /** Why, as it was said first; null when all could be read. */
  reason: string | null;
};

type Table = { name: 'jobs'; key: 'turn' } | { name: 'events'; key: 'number' } | { name: 'score_jobs'; key: 'number' };

/**
 * Reads the rows of a table in order, past what is damaged: a range that cannot be read is halved until what is unreadable
 * is left out and no more.
 * @param read makes of a row what is wanted; a row of which it cannot counts as unreadable.
 */
export function* salvage<T>(database: DatabaseSync, table: Table, read: (row: JobRow) => T): Generator<T, Salvage> {
  const { name, key } = table;
  const select = database.prepare(`SELECT * FROM ${name} WHERE ${key} BETWEEN ? AND ? ORDER BY ${key}`);
  let [saved, failures] = [0, 0];
  let reason: string | null = null;
  const fail = (error: unknown): void => {
    failures++;
    reason ??= firstLine(error);
  };

  function* between(low: number, high: number): Generator<T> {
    let next = low;
    try {
      for (const row of select.iterate(low, high) as Iterable<JobRow>) {
        next = Number(row[key]) + 1;
        let value: { read: T } | null = null;
        try {
          value = { read: read(row) };
        } catch (error) {
          fail(error);
        }
        if (value !== null) {
          saved++;
          yield value.read;
        }
      }
      return;
    } catch (error) {
      fail(error);
    }
    if (next >= high || failures > MOST_FAILURES) return;
    const middle = Math.floor((next + high) / 2);
    yield* between(next, middle);
    yield* between(middle + 1, high);
  }

  yield* between(0, lastOf(database, table) ?? BEYOND);
  if (reason === null) return { saved, lost: 0, reason };
  const there = countOf(database, table);
  return { saved, lost: there === null ? null : Math.max(0, there - saved), reason };
}

function lastOf(database: DatabaseSync, { name, key }: Table): number | null {
  return (
    numberIn(database, `SELECT max(${key}) FROM ${name}`) ??
    // Jobs and their scores have numbers of events.
    numberIn(database, "SELECT seq FROM sqlite_sequence WHERE name = 'events'")
  );
}

/** How many rows there should be. The numbers of events have no gaps; jobs are counted by an index that can be read. */
function countOf(database: DatabaseSync, { name, key }: Table): number | null {
  if (name === 'events') {
    const last = lastOf(database, { name: 'events', key: 'number' });
    const first = numberIn(database, `SELECT min(${key}) FROM ${name}`) ?? 1;
    return last === null ? null : last - first + 1;
  }
  const indexes = name === 'jobs' ? ['jobs_by_status', 'jobs_by_creation', 'jobs_by_model'] : ['score_jobs_by_model'];
  const counts = indexes.map((index) => numberIn(database, `SELECT count(*) FROM ${name} INDEXED BY ${index}`));
  const ids = numberIn(database, `SELECT count(*) FROM (SELECT job_id FROM ${name} ORDER BY job_id)`);
  return [...counts, ids].reduce((most, count) => (count === null ? most : Math.max(most ?? 0, count)), null);
}

function numberIn(database: DatabaseSync, sql: string): number | null {
  try {
    const [value = null] = Object.values(database.prepare(sql).get() ?? {});
    return value === null ? null : Number(value);
  } catch {
    return null;
  }
}
