import type { DatabaseSync } from 'node:sqlite';
import type { Transition } from '../machines/ports/journal.ts';
import type { SecretValues } from '../schemas/secrets/secrets.ts';

type Submitted = Extract<Transition, { type: 'submitted' }>;

/** A transition as the writer gets it, with what its request keeps back in plain: it goes no further than the disk. */
export type WrittenTransition =
  | Exclude<Transition, Submitted>
  | (Omit<Submitted, 'secrets'> & { secrets: SecretValues | null });

/** Makes a transition ready for the writer. */
export function written(transition: Transition): WrittenTransition {
  if (transition.type !== 'submitted') return transition;
  return { ...transition, secrets: transition.secrets?.reveal() ?? null };
}

/**
 * Prepares the statements that keep what requests keep back, and delete it. What is deleted is overwritten in the file
 * (`secure_delete`), but when SQLite tidies up a page it may leave copies of what lay in it. So each row is long enough
 * for its end to lie on pages of its own: those are never moved, and are overwritten as a whole.
 */
export function createSecretsWriter(database: DatabaseSync) {
  const insert = database.prepare('INSERT INTO job_secrets (job_id, secrets) VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM job_secrets WHERE job_id = ?');
  // What lies in the page itself has at most a quarter of a page, and comes first; JSON may begin with blanks.
  const margin = ' '.repeat(marginOf(database));
  return {
    keep: (jobId: string, secrets: SecretValues): void => {
      insert.run(jobId, margin + JSON.stringify(secrets));
    },
    /** @returns whether there was anything. */
    remove: (jobId: string): boolean => remove.run(jobId).changes > 0,
  };
}

/** Characters before what is kept back. */
const marginOf = (database: DatabaseSync): number =>
  Number(database.prepare('PRAGMA page_size').get()?.['page_size']) / 4;

/** The bytes of what was submitted with a row of `jobs`, as an expression: none of it is read. */
export const bytesOfSubmission = (database: DatabaseSync): string => `octet_length(request) + octet_length(options)
  + octet_length(warnings) + ifnull((SELECT octet_length(secrets) - ${marginOf(database)} FROM job_secrets
  WHERE job_secrets.job_id = jobs.job_id), 0)`;

/**
 * Takes what was deleted out of the file of the last changes too: it holds pages as they were. To be called after the
 * commit that deleted it.
 * @returns whether it is gone. It is not while someone reads, who needs those pages: then it is to be tried again.
 */
export function createScrub(database: DatabaseSync): () => boolean {
  const { timeout } = database.prepare('PRAGMA busy_timeout').get() ?? {};
  return () => {
    try {
      // What waits for a commit must not wait for a reader.
      database.exec('PRAGMA busy_timeout = 0');
      return Number(database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy']) === 0;
    } catch {
      return false;
    } finally {
      database.exec(`PRAGMA busy_timeout = ${Number(timeout)}`);
    }
  };
}
