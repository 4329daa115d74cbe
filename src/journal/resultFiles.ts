import { basename, dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Journal } from '../machines/ports/journal.ts';
import type { Outcome, Result } from '../schemas/job/outcome.ts';
import type { EvaluateRequest } from '../schemas/submission/evaluateRequest.ts';
import { textOrNull } from './rows.ts';
import { transaction } from './transaction.ts';

/** The setting that says that the files of jobs which ended before there was the table are not in it yet. */
const DUE = 'result_files_due';

/** Notes the results files of a job that ends, where imports may find them. To be called in the transaction in which it ends. */
export type NoteResultFiles = (end: { jobId: string; monotonic: number | null; outcome: Outcome }) => void;

/** Prepares the statements. What lies in a folder of evald's own is not noted: no import reads there. */
export function createNoteResultFiles(database: DatabaseSync): NoteResultFiles {
  const askedBy = database.prepare('SELECT request, request_hash, imported FROM jobs WHERE job_id = ?');
  const note = database.prepare(
    'INSERT OR IGNORE INTO result_files (name, folder, job_id, hash, ended_monotonic) VALUES (?, ?, ?, ?, ?)',
  );
  return ({ jobId, monotonic, outcome }) => {
    const files = Object.values(resultOf(outcome));
    const row = files.length === 0 ? undefined : askedBy.get(jobId);
    if (row === undefined) return;
    const { output_dir: named }: EvaluateRequest = JSON.parse(String(row['request']));
    if (!named) return;
    // The key of an import is made of what is in its file.
    const hash = row['imported'] === null ? null : textOrNull(row['request_hash']);
    for (const { results } of files) note.run(basename(results), dirname(results), jobId, hash, monotonic ?? 0);
  };
}

const resultOf = (outcome: Outcome): Result =>
  (outcome.status === 'completed' ? outcome.result : outcome.partial?.result) ?? {};

/** Notes those of jobs that ended before there was a table for them, all or none. A job whose row cannot be read is left out. */
export function noteOldResultFiles(database: DatabaseSync): void {
  if (database.prepare('SELECT 1 FROM settings WHERE name = ?').get(DUE) === undefined) return;
  const ended = database.prepare('SELECT job_id, ended_monotonic, outcome FROM jobs WHERE outcome IS NOT NULL');
  transaction(database, () => {
    const note = createNoteResultFiles(database);
    for (const row of ended.iterate()) {
      const monotonic = row['ended_monotonic'] === null ? null : Number(row['ended_monotonic']);
      try {
        note({ jobId: String(row['job_id']), monotonic, outcome: JSON.parse(String(row['outcome'])) });
      } catch (error) {
        if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
      }
    }
    database.prepare('DELETE FROM settings WHERE name = ?').run(DUE);
  });
}

/** Answers which jobs have a results file of a name. */
export function createResultFiles(database: DatabaseSync): Journal['resultFiles'] {
  const ofName = database.prepare('SELECT folder, job_id, hash FROM result_files WHERE name = ?');
  return (name) =>
    ofName.all(name).map((row) => ({
      folder: String(row['folder']),
      jobId: String(row['job_id']),
      hash: textOrNull(row['hash']),
    }));
}
