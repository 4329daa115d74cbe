/**
 * What made the tables what they are, in order; the number of a migration is its place in this list, from 1. One that
 * was released is never changed: journals that were written with it are out there.
 */
export const migrations: readonly string[] = [
  `
  -- The current row of each job. Times are milliseconds since 1970.
  CREATE TABLE jobs (
    -- The number of its first event: the order of arrival.
    turn INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    folder_name TEXT NOT NULL,
    -- JSON, as warnings, run and outcome.
    request TEXT NOT NULL,
    warnings TEXT NOT NULL,
    run TEXT,
    outcome TEXT,
    idempotency_key TEXT UNIQUE,
    request_hash TEXT
  ) STRICT;
  CREATE INDEX jobs_by_status ON jobs (status);
  CREATE INDEX jobs_by_end ON jobs (ended_at) WHERE ended_at IS NOT NULL;

  -- What happened, in order, without a gap: one row a transition, never changed. Rows go from the front only.
  CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    who TEXT
  ) STRICT;
  CREATE INDEX events_by_job ON events (job_id, number);

  -- Always empty: written to find out whether the journal can be written again.
  CREATE TABLE probe (room BLOB NOT NULL) STRICT;
  `,
];
