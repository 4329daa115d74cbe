import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { parseNote } from '../files/parseJson.ts';
import { isFinal } from '../machines/job/jobSteps.ts';
import type { Journal } from '../machines/ports/journal.ts';
import { jobStatusSchema } from '../schemas/job/job.ts';
import { Secrets } from '../schemas/secrets/secretRequest.ts';
import { jsonValueSchema } from '../schemas/values/json.ts';
import { createDeliveryReader } from './deliveries.ts';
import { createDurations } from './durations.ts';
import { createExpired } from './expired.ts';
import { bytesOfSubmission } from './jobSecrets.ts';
import { createList } from './listing.ts';
import { createResultFiles } from './resultFiles.ts';
import { contentOf, eventOf, type JobRow, recordOf, storedJob, unendedCount } from './rows.ts';
import { createScoreReader } from './scoreReader.ts';
import { createUnscored } from './unscored.ts';

/** Read without a word of them in an error. */
const secretsSchema = z.record(z.string(), jsonValueSchema);

/** What can be asked of a journal without waiting. */
export type JournalReader = Pick<
  Journal,
  | 'restore'
  | 'countUnended'
  | 'find'
  | 'findContent'
  | 'findByKey'
  | 'secretsOf'
  | 'expired'
  | 'retriesOf'
  | 'durations'
  | 'list'
  | 'scores'
  | 'unscored'
  | 'resultFiles'
  | 'events'
  | 'lastEvent'
  | 'setting'
  | 'dueDeliveries'
  | 'laterDeliveries'
>;

const unendedStates = jobStatusSchema.options.filter((status) => !isFinal(status));

/**
 * Prepares the questions; each answers from an index and sees every commit that was acknowledged.
 * @param countEnded how many jobs have ended, if the caller keeps count.
 */
export function createReader(database: DatabaseSync, countEnded?: () => number): JournalReader {
  // Of a text that is always written in the same way: taking it apart would cost a long queue much of its start.
  const mayBeHeld = `(options LIKE '%"ready_file":"%' OR options LIKE '%"after":["%') AS may_be_held`;
  const pool = `CASE WHEN options LIKE '%"pool":"%' THEN json_extract(options, '$.pool') END AS pool`;
  const stored = `job_id, turn, status, priority, submitted_by, ${pool}, ${mayBeHeld}, ${bytesOfSubmission(database)}`;
  const waiting = database.prepare(
    `SELECT ${stored} AS bytes FROM jobs WHERE status = 'queued' ORDER BY priority DESC, turn`,
  );
  const running = database.prepare(
    "SELECT *, 0 AS bytes FROM jobs WHERE status = 'running' ORDER BY started_monotonic, turn",
  );
  const finished = database.prepare(
    `SELECT * FROM (SELECT end_turn, ${stored} + ifnull(octet_length(outcome), 0) AS bytes FROM jobs WHERE end_turn IS NOT NULL ORDER BY end_turn DESC LIMIT ?) ORDER BY end_turn`,
  );
  const unended = database.prepare(
    `SELECT status, json_extract(options, '$.harness') AS harness, count(*) AS count FROM jobs
     WHERE status IN (${unendedStates.map((status) => `'${status}'`).join(', ')}) GROUP BY 1, 2`,
  );
  const byId = database.prepare('SELECT * FROM jobs WHERE job_id = ?');
  const content = database.prepare('SELECT request, outcome, parts FROM jobs WHERE job_id = ?');
  const byKey = database.prepare('SELECT job_id, request_hash FROM jobs WHERE idempotency_key = ?');
  const secrets = database.prepare('SELECT secrets FROM job_secrets WHERE job_id = ?');
  const retries = database.prepare('SELECT job_id FROM jobs WHERE retry_of = ? ORDER BY turn');
  const events = database.prepare('SELECT * FROM events WHERE number > ? ORDER BY number LIMIT ?');
  const eventsOfJob = database.prepare(
    `SELECT * FROM events WHERE number = (SELECT turn FROM jobs WHERE job_id = :jobId) AND number > :after
     UNION ALL SELECT * FROM events WHERE job_id = :jobId AND type <> 'submitted' AND number > :after
     ORDER BY number LIMIT :limit`,
  );
  const lastEvent = database.prepare('SELECT max(number) AS number FROM events');
  const setting = database.prepare('SELECT value FROM settings WHERE name = ?');
  const find: Journal['find'] = (jobId) => {
    const row = byId.get(jobId);
    return row && recordOf(row);
  };

  return {
    ...createDeliveryReader(database),
    list: createList(database),
    scores: createScoreReader(database),
    unscored: createUnscored(database),
    resultFiles: createResultFiles(database),
    expired: createExpired(database, countEnded),
    secretsOf: (jobId) => {
      const row = secrets.get(jobId);
      return row === undefined ? null : new Secrets(parseNote(String(row['secrets']), secretsSchema));
    },
    retriesOf: (jobId) => retries.all(jobId).map((row) => String(row['job_id'])),
    durations: createDurations(database),
    events: (after, limit, jobId) =>
      (jobId === undefined ? events.all(after, limit) : eventsOfJob.all({ jobId, after, limit })).map(eventOf),
    lastEvent: () => Number(lastEvent.get()?.['number'] ?? 0),
    setting: (name) => {
      const row = setting.get(name);
      return row && JSON.parse(String(row['value']));
    },
    restore: (count) => {
      const withoutRecord = (row: JobRow) => storedJob(row);
      return [
        ...finished.iterate(count).map(withoutRecord),
        ...running.iterate().map((row) => storedJob(row, recordOf(row))),
        ...waiting.iterate().map(withoutRecord),
      ];
    },
    countUnended: () => unended.all().map(unendedCount),
    find,
    findContent: (jobId) => {
      const row = content.get(jobId);
      return row && contentOf(row);
    },
    findByKey: (key) => {
      const row = byKey.get(key);
      return row && { jobId: String(row['job_id']), requestHash: String(row['request_hash']) };
    },
  };
}
