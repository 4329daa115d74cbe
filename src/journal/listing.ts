import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { JobFilter, JobPage, Journal } from '../machines/ports/journal.ts';
import { type JobRow, recordOf } from './rows.ts';
import { IS_LATE, isFound, searchCondition } from './search.ts';

/** Characters of requests, outcomes and parts after which a page is full: a request may have a megabyte. */
const FULL = 4_000_000;

/** Behind every text that begins with what is before it. */
const LAST_CHARACTER = '\u{10ffff}';
/** Milliseconds that a search takes at a time: all that the server does waits for so long. */
const SLICE = 10;

/** Answers pages of jobs by arrival. The cursor is a turn, so that pages do not move while jobs arrive. */
export function createList(database: DatabaseSync): Journal['list'] {
  let deadline = 0;
  const isLate = () => performance.now() > deadline;
  database.function(IS_LATE, () => Number(isLate()));

  return (page) => {
    const { filter, limit, room = FULL } = page;
    const { sql, values } = listQuery(page);
    const rows: JobRow[] = [];
    let [size, seen] = [0, 0];
    const pageOf = (next: number | null, isCut: boolean) => ({ jobs: rows.map(recordOf), next, size, isCut });
    deadline = performance.now() + SLICE;
    for (const row of database.prepare(sql).iterate(...values)) {
      if (rows.length === limit || size >= room) return pageOf(seen, false);
      seen = Number(row['turn']);
      if (filter.texts === undefined || isFound(recordOf(row), filter.texts)) {
        rows.push(row);
        size += [row['request'], row['outcome'], row['parts']].join('').length;
      }
      if (filter.texts !== undefined && isLate()) return pageOf(seen, true);
    }
    return pageOf(null, false);
  };
}

/**
 * The rows of a page and one beyond it. Each filter alone reads an index in the order of arrival, from the cursor on,
 * so that a page costs what it holds, however many jobs there are. A search alone goes through all rows from there on.
 */
export function listQuery({ filter, order, cursor, limit }: JobPage): { sql: string; values: SQLInputValue[] } {
  const { task, label } = filter;
  // Tasks and labels have tables of their own, in the order of arrival: the first one asked for leads.
  const from = [task === undefined ? [] : 'job_tasks', label === undefined ? [] : 'job_labels', 'jobs'].flat();
  const turn = `${from[0]}.turn`;
  const search = searchCondition(filter.texts ?? []);
  const conditions: { [Name in keyof JobFilter]-?: string } = {
    status: 'jobs.status = ?',
    model: 'jobs.model = ?',
    submittedBy: 'jobs.submitted_by = ?',
    task: 'job_tasks.task = ?',
    label: 'job_labels.label = ?',
    // Jobs arrive in the order of their times, so the first one since then bounds the turns.
    since: `${turn} >= ifnull(
      (SELECT first.turn FROM jobs AS first WHERE first.created_at >= ? ORDER BY first.created_at, first.turn LIMIT 1),
      9223372036854775807)`,
    idPrefix: `${turn} IN (SELECT named.turn FROM jobs AS named WHERE named.job_id >= ? AND named.job_id < ?)`,
    texts: search.sql,
  };
  const given = (Object.keys(conditions) as (keyof JobFilter)[]).filter((name) => filter[name] !== undefined);
  const where = given.map((name) => conditions[name]);
  const values: SQLInputValue[] = given.flatMap((name) => {
    if (name === 'idPrefix') return [`${filter.idPrefix}`, `${filter.idPrefix}${LAST_CHARACTER}`];
    return name === 'texts' ? search.values : (filter[name] ?? []);
  });
  if (cursor !== null) {
    where.push(`${turn} ${order === 'newest' ? '<' : '>'} ?`);
    values.push(cursor);
  }
  const joined = from.map((table, at) => (at === 0 ? table : `JOIN ${table} ON ${table}.turn = ${turn}`)).join(' ');
  const sql = `SELECT jobs.* FROM ${joined} ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
    ORDER BY ${turn} ${order === 'newest' ? 'DESC' : 'ASC'} LIMIT ?`;
  // Of what a search meets some is not found.
  return { sql, values: [...values, filter.texts === undefined ? limit + 1 : -1] };
}
