import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Journal, ScoreFilter, ScoreSource, StoredScore } from '../machines/ports/journal.ts';
import { type ExactNumber, readNumber } from '../schemas/results/exactNumber.ts';
import { type JobRow, numberOrNull, textOrNull } from './rows.ts';
import { PLACES, positionOf, readPosition } from './scorePosition.ts';

/** Milliseconds that a part of a page takes: all that the server does waits for so long. */
const SLICE = 10;

/** How SQL goes one way through jobs and their scores. */
type Direction = {
  /** Of jobs, from one on; of places, after one. */
  onwards: '>=' | '<=';
  after: '>' | '<';
  sort: 'ASC' | 'DESC';
  /** Where all begin. */
  first: { job: number; place: number };
  /** The place before the first one of a job, and one after which there is none. */
  before: number;
  end: number;
};

const directions: Record<'oldest' | 'newest', Direction> = {
  oldest: { onwards: '>=', after: '>', sort: 'ASC', first: { job: 0, place: -1 }, before: -1, end: PLACES - 1 },
  newest: {
    ...{ onwards: '<=', after: '<', sort: 'DESC', before: PLACES, end: 0 },
    first: { job: Number.MAX_SAFE_INTEGER, place: PLACES },
  },
};

type HasLabel = Pick<StatementSync, 'get'>;

/**
 * Answers pages of scores. Jobs are gone through by an index, in the order in which they ended or the other way round, and of each
 * the scores that are wanted are looked up; time is looked at in between, so that a page is cut when it takes long, whatever there is.
 */
export function createScoreReader(database: DatabaseSync): Journal['scores'] {
  const sources = database.prepare('SELECT * FROM score_jobs WHERE number = ?');
  const hasLabel = database.prepare('SELECT 1 FROM score_labels WHERE label = ? AND job = ?');
  const rowsIn = ({ after, sort }: Direction) => ({
    ofJob: database.prepare(`SELECT * FROM scores WHERE job = ? AND place ${after} ? ORDER BY place ${sort}`),
    ofTask: database.prepare(
      `SELECT * FROM scores WHERE task = ? AND job = ? AND place ${after} ? ORDER BY place ${sort}`,
    ),
  });
  const rows = { oldest: rowsIn(directions.oldest), newest: rowsIn(directions.newest) };

  return ({ filter, cursor, limit, order = 'oldest' }) => {
    const { first, before, end } = directions[order];
    const { ofJob, ofTask } = rows[order];
    const deadline = performance.now() + SLICE;
    const isLate = () => performance.now() > deadline;
    const from = cursor === null ? first : readPosition(cursor);
    const scores: StoredScore[] = [];
    let read = cursor;
    let last = -1;
    const { sql, values } = jobsQuery(filter, from.job, directions[order]);
    for (const row of database.prepare(sql).iterate(...values)) {
      const job = Number(row['number']);
      if (job === last) continue;
      last = job;
      if (isWanted(row, filter, hasLabel)) {
        const after = job === from.job ? from.place : before;
        let source: ScoreSource | null = null;
        const found = filter.task === undefined ? ofJob.iterate(job, after) : ofTask.iterate(filter.task, job, after);
        for (const score of found) {
          if (isNamed(score, filter)) {
            if (scores.length === limit) return { scores, next: read, isCut: false };
            source ??= sourceOf(sources.get(job) ?? {});
            scores.push(scoreOf(score, source));
          }
          read = positionOf(job, Number(score['place']));
          if (isLate()) return { scores, next: read, isCut: true };
        }
      }
      read = positionOf(job, end);
      if (isLate()) return { scores, next: read, isCut: true };
    }
    return { scores, next: null, isCut: false };
  };
}

/** Jobs from one on, in order, by the index that leaves the fewest; one may come several times in a row. */
function jobsQuery(
  { jobId, label, task, model }: ScoreFilter,
  from: number,
  { onwards, sort }: Direction,
): { sql: string; values: SQLInputValue[] } {
  const columns = 'score_jobs.number, score_jobs.job_id, score_jobs.model, score_jobs.ended_at';
  const by = (condition: string, value: SQLInputValue) => ({
    sql: `SELECT ${columns} FROM score_jobs WHERE ${condition} AND number ${onwards} ? ORDER BY number ${sort}`,
    values: [value, from],
  });
  const inTable = (table: string, column: string, value: string) => ({
    sql: `SELECT ${columns} FROM ${table} AS found CROSS JOIN score_jobs ON score_jobs.number = found.job
      WHERE found.${column} = ? AND found.job ${onwards} ? ORDER BY found.job ${sort}`,
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
