import type { DatabaseSync } from 'node:sqlite';
import { splitSecrets } from '../schemas/secrets/secretRequest.ts';
import { createSecretsWriter } from './jobSecrets.ts';

/** The setting that says that pages may hold what was masked, until the file is written anew. */
export const TRACES = 'traces';

/**
 * Masks the requests of a journal of 0.2 and before, which kept them as they were sent. What a job that has not ended
 * needs for its run is kept as for a new one.
 */
export function maskOldRequests(database: DatabaseSync): void {
  const rows = database.prepare('SELECT job_id, request, ended_at FROM jobs');
  // The hash of a request that had a credential tells it to who guesses: it is given up, and the key stays taken.
  const mask = database.prepare(
    `UPDATE jobs SET request = ?, request_hash = CASE WHEN request_hash IS NULL THEN NULL ELSE '' END WHERE job_id = ?`,
  );
  const secretsWriter = createSecretsWriter(database);
  let isMasked = false;
  for (const { job_id: jobId, request: sent, ended_at: endedAt } of rows.all()) {
    const { request, secrets } = splitSecrets(JSON.parse(String(sent)));
    if (secrets === null) continue;
    mask.run(JSON.stringify(request), String(jobId));
    if (endedAt === null) secretsWriter.keep(String(jobId), secrets.reveal());
    isMasked = true;
  }
  if (isMasked) database.exec(`INSERT OR REPLACE INTO settings (name, value) VALUES ('${TRACES}', 'true')`);
}
