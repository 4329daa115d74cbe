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
  `
  -- What a submission says beside its request, JSON.
  ALTER TABLE jobs ADD COLUMN options TEXT NOT NULL
    DEFAULT '{"labels":{},"priority":0,"timeout":null,"stall_timeout":null,"callback_url":null}';
  ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE jobs ADD COLUMN retry_of TEXT;
  CREATE INDEX jobs_by_retry ON jobs (retry_of) WHERE retry_of IS NOT NULL;

  -- What jobs are found by. turn is the order of arrival, so that each index can be read in that order.
  ALTER TABLE jobs ADD COLUMN model TEXT NOT NULL DEFAULT '';
  UPDATE jobs SET model = json_extract(request, '$.model');
  CREATE INDEX jobs_by_model ON jobs (model);
  CREATE INDEX jobs_by_creation ON jobs (created_at, turn);
  CREATE TABLE job_tasks (
    task TEXT NOT NULL,
    turn INTEGER NOT NULL REFERENCES jobs (turn) ON DELETE CASCADE,
    PRIMARY KEY (task, turn)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX job_tasks_by_turn ON job_tasks (turn);
  INSERT OR IGNORE INTO job_tasks SELECT value, turn FROM jobs, json_each(jobs.request, '$.tasks');
  CREATE TABLE job_labels (
    label TEXT NOT NULL,
    turn INTEGER NOT NULL REFERENCES jobs (turn) ON DELETE CASCADE,
    PRIMARY KEY (label, turn)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX job_labels_by_turn ON job_labels (turn);

  -- Milliseconds that completed jobs took, by their tasks: what is expected of the next ones.
  ALTER TABLE jobs ADD COLUMN tasks TEXT NOT NULL DEFAULT '';
  UPDATE jobs SET tasks = (SELECT json_group_array(value) FROM (SELECT value FROM json_each(jobs.request, '$.tasks') ORDER BY value));
  CREATE INDEX jobs_by_tasks ON jobs (tasks, ended_at) WHERE status = 'completed';

  -- What was told to the server and holds across restarts, JSON.
  CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- Ended jobs that are still to be posted to someone.
  CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    last_error TEXT
  ) STRICT;
  CREATE INDEX deliveries_by_due ON deliveries (due_at);
  CREATE INDEX deliveries_by_job ON deliveries (job_id);
  CREATE INDEX deliveries_by_host ON deliveries (host, due_at);
  `,
  `
  -- Who submitted it: the name of a token; null when nobody had to say.
  ALTER TABLE jobs ADD COLUMN submitted_by TEXT;
  CREATE INDEX jobs_by_submitter ON jobs (submitted_by) WHERE submitted_by IS NOT NULL;

  -- What the request of a job keeps back and its run needs, JSON; gone in the transaction in which the job ends.
  CREATE TABLE job_secrets (job_id TEXT PRIMARY KEY, secrets TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- Devices of this machine that its run has as its own, JSON; null where they are not handed out.
  ALTER TABLE jobs ADD COLUMN devices TEXT;
  `,
  `
  -- Milliseconds of the journal's own time, which no clock moves: spans and ages are measured by it. Null: not measured.
  ALTER TABLE events ADD COLUMN monotonic INTEGER;
  ALTER TABLE jobs ADD COLUMN started_monotonic INTEGER;
  ALTER TABLE jobs ADD COLUMN ended_monotonic INTEGER;

  -- The number of the event with which it ended: jobs ended in this order, whatever the clock showed.
  ALTER TABLE jobs ADD COLUMN end_turn INTEGER;
  UPDATE jobs SET end_turn = ifnull(
    (SELECT max(number) FROM events WHERE events.job_id = jobs.job_id AND type IN ('completed', 'failed', 'cancelled')), turn)
    WHERE ended_at IS NOT NULL;
  DROP INDEX jobs_by_end;
  CREATE INDEX jobs_by_end ON jobs (end_turn) WHERE end_turn IS NOT NULL;
  DROP INDEX jobs_by_tasks;
  CREATE INDEX jobs_by_tasks ON jobs (tasks, end_turn) WHERE status = 'completed';

  -- They were due by the clock, and are due now.
  UPDATE deliveries SET due_at = 0;
  `,
  `
  -- When and by the name of which token it was asked to end its run, JSON {at, by}; null: it was not.
  ALTER TABLE jobs ADD COLUMN stop_requested TEXT;
  `,
  `
  -- When it was submitted, in the journal's own time; null: not measured.
  ALTER TABLE jobs ADD COLUMN created_monotonic INTEGER;
  -- The job that had to complete before it and did not, so that it was cancelled; null: it was not.
  ALTER TABLE jobs ADD COLUMN cancelled_for TEXT;
  `,
  `
  -- What made the scores of a completed job. It stays when the job is forgotten. number is that of the event with which it ended;
  -- imported 1 is of an earlier run, read from its files; labels and unscored are JSON, unscored the tasks that were asked for and
  -- have no score; sample_limit is samples a task, null for all. Comments stand outside: SQLite keeps those within in its schema.
  CREATE TABLE score_jobs (
    number INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL UNIQUE,
    ended_at INTEGER NOT NULL,
    ended_monotonic INTEGER,
    imported INTEGER NOT NULL DEFAULT 0,
    model TEXT NOT NULL,
    checkpoint TEXT,
    labels TEXT NOT NULL,
    unscored TEXT NOT NULL,
    submitted_by TEXT,
    harness TEXT,
    harness_version TEXT,
    git_hash TEXT,
    seed TEXT,
    num_gpus INTEGER,
    sample_limit REAL
  ) STRICT;
  CREATE INDEX score_jobs_by_model ON score_jobs (model);
  CREATE TABLE score_labels (
    label TEXT NOT NULL,
    job INTEGER NOT NULL REFERENCES score_jobs (number) ON DELETE CASCADE,
    PRIMARY KEY (label, job)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX score_labels_by_job ON score_labels (job);

  -- One row a score; place is where it stands among those of its job, from 0. Numbers are text, as JSON has them, so that none is
  -- rounded; null: not finite, or unknown.
  CREATE TABLE scores (
    job INTEGER NOT NULL REFERENCES score_jobs (number) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    task TEXT NOT NULL,
    metric TEXT NOT NULL,
    filter TEXT NOT NULL,
    value TEXT,
    stderr TEXT,
    n INTEGER,
    higher_is_better INTEGER,
    is_group INTEGER NOT NULL,
    task_version TEXT,
    num_fewshot INTEGER,
    PRIMARY KEY (job, place)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX scores_by_task ON scores (task, job);

  -- Those of jobs that have completed are still to be written, of their outcomes.
  INSERT OR REPLACE INTO settings (name, value) VALUES ('scores_due', 'true');
  `,
  `
  -- Of an earlier run that was imported, JSON {file, harness}: evald did not run it. Null: it did, or will.
  ALTER TABLE jobs ADD COLUMN imported TEXT;
  `,
  `
  -- Results files of jobs in folders that clients named, and of earlier runs that were imported. They stay when the job is forgotten, as
  -- its scores do: an import takes none of them for another run. hash is the SHA-256 of one that was imported; null: this server wrote it.
  CREATE TABLE result_files (
    name TEXT NOT NULL,
    folder TEXT NOT NULL,
    job_id TEXT NOT NULL,
    hash TEXT,
    ended_monotonic INTEGER NOT NULL,
    PRIMARY KEY (name, folder, job_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX result_files_by_end ON result_files (ended_monotonic);

  -- Those of jobs that have ended are still to be noted, of their outcomes.
  INSERT OR REPLACE INTO settings (name, value) VALUES ('result_files_due', 'true');
  `,
  `
  -- A submission writes two trees less: each is a page of its own in every commit. The first event of a job has the number that its row is
  -- found by, and its tasks are in its row.
  DROP INDEX events_by_job;
  CREATE INDEX events_by_job ON events (job_id, number) WHERE type <> 'submitted';
  CREATE TABLE tasks_of_jobs (
    task TEXT NOT NULL,
    turn INTEGER NOT NULL,
    PRIMARY KEY (task, turn)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO tasks_of_jobs SELECT task, turn FROM job_tasks ORDER BY task, turn;
  DROP TABLE job_tasks;
  ALTER TABLE tasks_of_jobs RENAME TO job_tasks;
  CREATE TRIGGER job_tasks_go AFTER DELETE ON jobs BEGIN
    DELETE FROM job_tasks WHERE turn = old.turn AND task IN (SELECT value FROM json_each(old.tasks));
  END;
  `,
  `
  -- Of a split job the parts that have ended, JSON, in order: each with how its run ended and what it measured, until the job ends. Null: none.
  ALTER TABLE jobs ADD COLUMN parts TEXT;
  `,
  `
  -- Attempts that failed and were followed by another one, JSON, in order; of a split job those of all parts. Null: none.
  ALTER TABLE jobs ADD COLUMN attempts TEXT;
  `,
];
