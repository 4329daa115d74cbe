import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Journal, ScoreFilter, ScoreSource, StoredScore } from '../machines/ports/journal.ts';
import { type ExactNumber, readNumber } from '../schemas/results/exactNumber.ts';
import { type JobRow, numberOrNull, textOrNull } from './rows.ts';
import { PLACES, positionOf, readPosition } from './scorePosition.ts';

/** Milliseconds that a part of a page takes: all that the server does waits for so long. */
const SLICE = 10;

type HasLabel = Pick<StatementSync, 'get'>;

/**
 * Answers pages of scores. Jobs are gone through by an index, in the order in which they ended, and of each the scores that are
 * wanted are looked up; time is looked at in between, so that a page is cut when it takes long, whatever there is.
 */
export function createScoreReader(database: DatabaseSync): Journal['scores'] {
  const sources = database.prepare('SELECT * FROM score_jobs WHERE number = ?');
  const hasLabel = database.prepare('SELECT 1 FROM score_labels WHERE label = ? AND job = ?');
  const ofJob = database.prepare('SELECT * FROM scores WHERE job = ? AND place > ? ORDER BY place');
  const ofTask = database.prepare('SELECT * FROM scores WHERE task = ? AND job = ? AND place > ? ORDER BY place');

  return ({ filter, cursor, limit }) => {
    const deadline = performance.now() + SLICE;
    const isLate = () => performance.now() > deadline;
    const from = cursor === null ? { job: 0, place: -1 } : readPosition(cursor);
    const scores: StoredScore[] = [];
    let read = cursor;
    let last = -1;
    const { sql, values } = jobsQuery(filter, from.job);
    for (const row of database.prepare(sql).iterate(...values)) {
      const job = Number(row['number']);
      if (job === last) continue;
      last = job;
      if (isWanted(row, filter, hasLabel)) {
        const after = job === from.job ? from.place : -1;
        let source: ScoreSource | null = null;
        const rows = filter.task === undefined ? ofJob.iterate(job, after) : ofTask.iterate(filter.task, job, after);
        for (const score of rows) {
          if (isNamed(score, filter)) {
            if (scores.length === limit) return { scores, next: read, isCut: false };
            source ??= sourceOf(sources.get(job) ?? {});
            scores.push(scoreOf(score, source));
          }
          read = positionOf(job, Number(score['place']));
          if (isLate()) return { scores, next: read, isCut: true };
        }
      }
      read = positionOf(job, PLACES - 1);
      if (isLate()) return { scores, next: read, isCut: true };
    }
    return { scores, next: null, isCut: false };
  };
}

/** Jobs from one on, in order, by the index that leaves the fewest; one may come several times in a row. */
function jobsQuery({ jobId, label, task, model }: ScoreFilter, from: number): { sql: string; values: SQLInputValue[] } {
  const columns = 'score_jobs.number, score_jobs.job_id, score_jobs.model, score_jobs.ended_at';
  const by = (condition: string, value: SQLInputValue) => ({
    sql: `SELECT ${columns} FROM score_jobs WHERE ${condition} AND number >= ? ORDER BY number`,
    values: [value, from],
  });
  const inTable = (table: string, column: string, value: string) => ({
    sql: `SELECT ${columns} FROM ${table} AS found CROSS JOIN score_jobs ON score_jobs.number = found.job
      WHERE found.${column} = ? AND found.job >= ? ORDER BY found.job`,
    values: [value, from],
  });
  if (jobId !== undefined) return by('job_id = ?', jobId);
  if (label !== undefined) return inTable('score_labels', 'label', label);
  if (task !== undefined) return inTable('scores', 'task', task);
  return model === undefined ? by('? IS NULL', null) : by('model = ?', model);
}

/** What of a filter the query does not look at already. */
function isWanted(row: JobRow, { jobId, model, label, since }: ScoreFilter, hasLabel: HasLabel): boolean {
  if (jobId !== undefined && row['job_id'] !== jobId) return false;
  if (model !== undefined && row['model'] !== model) return false;
  if (since !== undefined && Number(row['ended_at']) < since) return false;
  return label === undefined || hasLabel.get(label, Number(row['number'])) !== undefined;
}

const isNamed = (row: JobRow, { metric, filter }: ScoreFilter): boolean =>
  (metric === undefined || row['metric'] === metric) && (filter === undefined || row['filter'] === filter);

/** Whether a journal has the table: one of an earlier version has none until a server has opened it. */
export const hasScores = (database: DatabaseSync): boolean =>
  database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'score_jobs'").get() !== undefined;

/** What made scores from its row. What the journal wrote is taken as it is. */
export function sourceOf(row: JobRow): ScoreSource {
  return {
    jobId: String(row['job_id']),
    endedAt: Number(row['ended_at']),
    imported: row['imported'] === 1,
    model: String(row['model']),
    checkpoint: textOrNull(row['checkpoint']),
    labels: JSON.parse(String(row['labels'])),
    submittedBy: textOrNull(row['submitted_by']),
    harness: textOrNull(row['harness']),
    harnessVersion: textOrNull(row['harness_version']),
    gitHash: textOrNull(row['git_hash']),
    seed: textOrNull(row['seed']),
    numGpus: numberOrNull(row['num_gpus']),
    sampleLimit: numberOrNull(row['sample_limit']),
  };
}

/** A score from its row. */
export function scoreOf(row: JobRow, source: ScoreSource): StoredScore {
  const isHigherBetter = numberOrNull(row['higher_is_better']);
  return {
    source,
    task: String(row['task']),
    metric: String(row['metric']),
    filter: String(row['filter']),
    value: exactly(row['value']),
    stderr: exactly(row['stderr']),
    n: numberOrNull(row['n']),
    higherIsBetter: isHigherBetter === null ? null : isHigherBetter === 1,
    isGroup: row['is_group'] === 1,
    taskVersion: textOrNull(row['task_version']),
    numFewshot: numberOrNull(row['num_fewshot']),
  };
}

/** A double where it is the number of the text, else the text. */
function exactly(text: SQLOutputValue | undefined): number | ExactNumber | null {
  if (typeof text !== 'string') return null;
  const number = Number(text);
  return String(number) === text ? number : readNumber(text);
}
