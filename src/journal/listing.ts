import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { JobFilter, JobPage, Journal } from './contract.ts';
import { recordOf } from './rows.ts';

/** The condition of each filter; every one of them reads an index in the order of arrival. */
const conditions: { [Name in keyof JobFilter]-?: string } = {
  status: 'jobs.status = ?',
  model: 'jobs.model = ?',
  task: 'jobs.turn IN (SELECT turn FROM job_tasks WHERE task = ?)',
  label: 'jobs.turn IN (SELECT turn FROM job_labels WHERE label = ?)',
  // Jobs arrive in the order of their times, so the first one since then bounds the turns.
  since: `jobs.turn >= ifnull(
    (SELECT first.turn FROM jobs AS first WHERE first.created_at >= ? ORDER BY first.created_at, first.turn LIMIT 1),
    9223372036854775807)`,
};

/** Answers pages of jobs by arrival. The cursor is a turn, so that pages do not move while jobs arrive. */
export function createList(database: DatabaseSync): Journal['list'] {
  return ({ filter, order, cursor, limit }: JobPage) => {
    const given = Object.entries(filter).filter(([, value]) => value !== undefined) as [
      keyof JobFilter,
      SQLInputValue,
    ][];
    const where = given.map(([name]) => conditions[name]);
    const values = given.map(([, value]) => value);
    if (cursor !== null) {
      where.push(order === 'newest' ? 'jobs.turn < ?' : 'jobs.turn > ?');
      values.push(cursor);
    }
    const rows = database
      .prepare(
        `SELECT jobs.* FROM jobs ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
         ORDER BY jobs.turn ${order === 'newest' ? 'DESC' : 'ASC'} LIMIT ?`,
      )
      .all(...values, limit + 1);
    const page = rows.slice(0, limit);
    return { jobs: page.map(recordOf), next: rows.length > limit ? Number(page.at(-1)?.['turn']) : null };
  };
}
