import type { DatabaseSync } from 'node:sqlite';
import { firstLine } from '../errors.ts';
import { jobSteps } from '../machines/job/jobSteps.ts';
import { jobRecordSchema } from '../schemas/job/jobRecord.ts';
import { readNumber } from '../schemas/results/exactNumber.ts';
import { labelsSchema } from '../schemas/submission/jobOptions.ts';
import { refuseLater, versionOf } from './database.ts';
import { recordOf } from './rows.ts';
import { salvage } from './salvage.ts';
import { hasScores, sourceOf } from './scoreReader.ts';

/** What a check of a journal found. */
export type JournalReport = {
  /** Jobs by state. */
  jobs: Record<string, number>;
  events: { count: number; first: number | null; last: number | null };
  /** What is wrong, a line each; empty when all is well. */
  problems: string[];
};

/** The state in which each type of event leaves a job, of those that change it. */
const states = Object.entries(jobSteps).filter(([, { from, to }]) => from !== to);
const stateAfter = `CASE type ${states.map(([type, { to }]) => `WHEN '${type}' THEN '${to}'`).join(' ')} END`;
const later = states.flatMap(([type]) => (type === 'submitted' ? [] : [`'${type}'`])).join(', ');

/**
 * Checks a journal: its version, the file, the numbers of the events, each row, and that rows and events tell the same. What
 * is too damaged to be looked at is a problem, and keeps nothing else from being looked at.
 */
export function checkJournal(database: DatabaseSync): JournalReport {
  const problems: string[] = [];
  const look = <T>(what: string, question: () => T, otherwise: T): T => {
    try {
      return question();
    } catch (error) {
      problems.push(`${what} cannot be read: ${firstLine(error)}`);
      return otherwise;
    }
  };
  const add = (what: string, question: (database: DatabaseSync) => string[]) =>
    problems.push(...look(what, () => question(database), []));
  const jobs = look('the states of the jobs', () => countsOf(database), {});
  const events = look('the numbers of the events', () => numbersOf(database), { count: 0, first: null, last: null });
  add('the version', laterVersion);
  add('the file', damages);
  const { count, first, last } = events;
  if (first !== null && last !== null && count !== last - first + 1) {
    problems.push(
      `events ${first} to ${last} should be ${last - first + 1} rows and are ${count}: the numbers have gaps`,
    );
  }
  add('the rows of the jobs', unreadableRows);
  add('what the events tell', contradictions);
  add('what requests keep back', secretsLeft);
  add('the scores', faultyScores);
  return { jobs, events, problems };
}

function countsOf(database: DatabaseSync): JournalReport['jobs'] {
  const counts = database.prepare('SELECT status, count(*) AS count FROM jobs GROUP BY status').all();
  return Object.fromEntries(counts.map((row) => [String(row['status']), Number(row['count'])]));
}

function numbersOf(database: DatabaseSync): JournalReport['events'] {
  const sql = 'SELECT count(*) AS count, min(number) AS first, max(number) AS last FROM events';
  const row = database.prepare(sql).get() ?? {};
  return { count: Number(row['count']), first: numberOrNull(row['first']), last: numberOrNull(row['last']) };
}

function laterVersion(database: DatabaseSync): string[] {
  refuseLater(versionOf(database));
  return [];
}

function damages(database: DatabaseSync): string[] {
  const lines: string[] = [];
  try {
    for (const row of database.prepare('PRAGMA integrity_check').iterate()) lines.push(String(row['integrity_check']));
  } catch (error) {
    lines.push(`the file cannot be read to its end: ${firstLine(error)}`);
  }
  // One may have several lines.
  return lines.flatMap((line) => line.split('\n')).filter((line) => line !== 'ok');
}

function unreadableRows(database: DatabaseSync): string[] {
  const problems: string[] = [];
  const rows = salvage(database, { name: 'jobs', key: 'turn' }, (row) => {
    try {
      jobRecordSchema.parse(recordOf(row));
    } catch (error) {
      problems.push(`the row of job ${row['job_id']} cannot be read: ${firstLine(error)}`);
    }
  });
  let step = rows.next();
  while (!step.done) step = rows.next();
  const { saved, lost, reason } = step.value;
  if (reason !== null) problems.push(`${lost ?? 'some'} jobs beside ${saved} cannot be read: ${reason}`);
  return problems;
}

/** Rows whose state is not where their last event left them. */
function contradictions(database: DatabaseSync): string[] {
  const rows = database
    .prepare(
      `SELECT jobs.job_id, jobs.status, ${stateAfter} AS implied FROM jobs
       JOIN events ON events.number = ifnull(
         (SELECT max(number) FROM events AS own WHERE own.job_id = jobs.job_id AND own.type <> 'submitted'
           AND own.type IN (${later})), jobs.turn)
       WHERE implied <> jobs.status`,
    )
    .all();
  return rows.map((row) => `job ${row['job_id']} is ${row['status']}, and its events say ${row['implied']}`);
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

/** Scores that cannot be read, or of which nothing says what made them. */
function faultyScores(database: DatabaseSync): string[] {
  if (!hasScores(database)) return [];
  const problems: string[] = [];
  const named = new Set<number>();
  for (const row of database.prepare('SELECT * FROM score_jobs ORDER BY number').iterate()) {
    named.add(Number(row['number']));
    try {
      labelsSchema.parse(sourceOf(row).labels);
    } catch (error) {
      problems.push(`what made the scores of job ${row['job_id']} cannot be read: ${firstLine(error)}`);
    }
  }
  const numbers = database.prepare('SELECT job, place, value, stderr FROM scores ORDER BY job, place');
  for (const { job, place, value, stderr } of numbers.iterate()) {
    if (!named.has(Number(job))) problems.push(`score ${place} of event ${job} is of no job that has scores`);
    if (![value, stderr].every((text) => text === null || readNumber(String(text)) !== null))
      problems.push(`score ${place} of event ${job} is no number`);
  }
  return problems;
}

const numberOrNull = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));
