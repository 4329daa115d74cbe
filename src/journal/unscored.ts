import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Journal, UnscoredJob, UnscoredPage } from '../machines/ports/journal.ts';
import { type JobRow, numberOrNull, textOrNull } from './rows.ts';

/** Milliseconds that a part of a page takes: all that the server does waits for so long. */
const SLICE = 10;

/**
 * Answers which tasks of the jobs that are kept have no score. Of a job that has completed that was noted with its scores;
 * any other has none at all.
 */
export function createUnscored(database: DatabaseSync): Journal['unscored'] {
  const tasksOf = database.prepare('SELECT tasks FROM jobs WHERE turn = ?');
  // Taken apart only where something has no score: a request may have a megabyte.
  const about = database.prepare(
    `SELECT job_id, model, json_extract(request, '$.model_args.pretrained') AS checkpoint,
       json_extract(options, '$.labels') AS labels, json_extract(outcome, '$.kind') AS kind FROM jobs WHERE turn = ?`,
  );
  const isLabelled = database.prepare('SELECT 1 FROM job_labels WHERE label = ? AND turn = ?');

  const unscoredOf = (row: JobRow, isMeant: (task: string) => boolean): string[] => {
    const names: string[] =
      row['status'] === 'completed'
        ? JSON.parse(String(row['unscored'] ?? '[]'))
        : [...new Set(JSON.parse(String(tasksOf.get(Number(row['turn']))?.['tasks'])) as string[])];
    return names.filter(isMeant);
  };

  return ({ filter, cursor, limit, isMeant = () => true }) => {
    const deadline = performance.now() + SLICE;
    const jobs: UnscoredJob[] = [];
    let count = 0;
    let last: number | null = null;
    const { sql, values } = jobsQuery(filter, cursor);
    for (const row of database.prepare(sql).iterate(...values)) {
      if (last !== null && (count >= limit || performance.now() > deadline)) {
        return { jobs, next: last, isCut: count < limit };
      }
      last = Number(row['turn']);
      const isOfLabel = filter.label === undefined || isLabelled.get(filter.label, last) !== undefined;
      if (!isOfLabel || !isWanted(row, filter)) continue;
      const tasks = unscoredOf(row, isMeant);
      if (tasks.length === 0) continue;
      count += tasks.length;
      jobs.push({ ...aboutOf(about.get(last) ?? {}), tasks, ...stateOf(row) });
    }
    return { jobs, next: null, isCut: false };
  };
}

/** The newest first, by the index that leaves the fewest. */
function jobsQuery(
  { jobId, label, model }: UnscoredPage['filter'],
  cursor: number | null,
): { sql: string; values: SQLInputValue[] } {
  const columns = `jobs.turn, jobs.job_id, jobs.model, jobs.status, jobs.ended_at, score_jobs.unscored, score_jobs.imported`;
  const scored = 'LEFT JOIN score_jobs ON score_jobs.number = jobs.end_turn';
  const before = cursor ?? Number.MAX_SAFE_INTEGER;
  const by = (condition: string, value: SQLInputValue) => ({
    sql: `SELECT ${columns} FROM jobs ${scored} WHERE ${condition} AND jobs.turn < ? ORDER BY jobs.turn DESC`,
    values: [value, before],
  });
  if (jobId !== undefined) return by('jobs.job_id = ?', jobId);
  if (label !== undefined) {
    const sql = `SELECT ${columns} FROM job_labels CROSS JOIN jobs ON jobs.turn = job_labels.turn ${scored}
      WHERE job_labels.label = ? AND job_labels.turn < ? ORDER BY job_labels.turn DESC`;
    return { sql, values: [label, before] };
  }
  return model === undefined ? by('? IS NULL', null) : by('jobs.model = ?', model);
}

/** A job that has not ended may still do so. */
function isWanted(row: JobRow, { jobId, model, since }: UnscoredPage['filter']): boolean {
  if (jobId !== undefined && row['job_id'] !== jobId) return false;
  if (model !== undefined && row['model'] !== model) return false;
  return since === undefined || row['ended_at'] === null || Number(row['ended_at']) >= since;
}

const aboutOf = (row: JobRow) => ({
  jobId: String(row['job_id']),
  model: String(row['model']),
  checkpoint: typeof row['checkpoint'] === 'string' ? row['checkpoint'] : null,
  labels: typeof row['labels'] === 'string' ? JSON.parse(row['labels']) : {},
  failureKind: textOrNull(row['kind']) as UnscoredJob['failureKind'],
});

const stateOf = (row: JobRow) => ({
  status: row['status'] as UnscoredJob['status'],
  endedAt: numberOrNull(row['ended_at']),
  imported: row['imported'] === 1,
});
