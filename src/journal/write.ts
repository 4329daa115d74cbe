import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { firstLine } from '../errors.ts';
import type { JobSteps } from '../machines/job/jobSteps.ts';
import { JournalContradiction } from '../machines/ports/journal.ts';
import type { JobStatus, NewJob } from '../schemas/job/job.ts';
import { formatTime } from '../schemas/values/time.ts';
import { createSecretsWriter, type WrittenTransition } from './jobSecrets.ts';
import { labelKey } from './labelKey.ts';
import { createNoteResultFiles } from './resultFiles.ts';
import { createScoreWriter } from './scoreWriter.ts';
import { sqlite, sqliteCode } from './sqliteErrors.ts';
import { transaction } from './transaction.ts';

/**
 * Records transitions in one transaction: all or none, in order.
 * @returns whether they have deleted what a request kept back.
 * @throws JournalContradiction when one of them can never be recorded, SQLite's error when the disk cannot be written.
 */
export type Write = (transitions: readonly WrittenTransition[]) => boolean;

/**
 * Prepares the statements that record transitions.
 * @param steps of the chart of jobs; given, so that the thread that writes need not load the charts.
 */
export function createWrite(database: DatabaseSync, steps: JobSteps): Write {
  const event = database.prepare(
    'INSERT INTO events (job_id, at, monotonic, type, data, who) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const submit = createSubmit(database, steps.submitted.to);
  const secrets = createSecretsWriter(database);
  const writeScores = createScoreWriter(database);
  const noteResultFiles = createNoteResultFiles(database);
  // From and to which state is the chart's to say: it is given with each change.
  const change = (columns: string, where = 'TRUE') =>
    database.prepare(`UPDATE jobs SET status = :to, ${columns} WHERE job_id = :jobId AND status = :from AND ${where}`);
  const start = change('started_at = :at, started_monotonic = :monotonic, devices = :devices');
  const launch = change('run = :run');
  const place = change("run = json_set(run, '$.place', json(:place))", 'run IS NOT NULL');
  const withdraw = change('run = NULL');
  const requestStop = change('stop_requested = :request', 'stop_requested IS NULL');
  const reprioritise = change("priority = :priority, options = json_set(options, '$.priority', :priority)");
  const endTask = change("parts = json_insert(ifnull(parts, '[]'), '$[#]', json(:part))");
  // Its run is over, and is not found again.
  const endAttempt = change("run = NULL, attempts = json_insert(ifnull(attempts, '[]'), '$[#]', json(:attempt))");
  // What parts measured is in the outcome by now.
  const end = change(
    `ended_at = :at, ended_monotonic = :monotonic, end_turn = :number, outcome = :outcome, parts = CASE WHEN parts IS NOT NULL THEN
       (SELECT json_group_array(json_remove(value, '$.outcome') ORDER BY key) FROM json_each(jobs.parts)) END`,
  );
  const cancel = change(
    'ended_at = :at, ended_monotonic = :monotonic, end_turn = :number, cancelled_for = :cancelledFor',
  );
  const isLive = database.prepare('SELECT 1 FROM jobs WHERE job_id = ? AND ended_at IS NULL');
  const partsOf = database.prepare(
    "SELECT json_array_length(ifnull(parts, '[]')) AS count FROM jobs WHERE job_id = ? AND ended_at IS NULL",
  );
  const attemptsOf = database.prepare(
    `SELECT (SELECT count(*) FROM json_each(ifnull(jobs.attempts, '[]')) WHERE json_extract(value, '$.part') IS :part) AS count
       FROM jobs WHERE job_id = :jobId AND ended_at IS NULL`,
  );
  const deliver = database.prepare('INSERT INTO deliveries (job_id, url, host, due_at) VALUES (?, ?, ?, ?)');

  /** @throws JournalContradiction when the row is not in the state that the transition leaves. */
  const changeOne = (
    statement: StatementSync,
    { jobId, type }: WrittenTransition,
    values: Record<string, string | number | null>,
  ): void => {
    const { changes } = statement.run({ ...values, ...steps[type], jobId });
    if (changes === 1) return;
    throw new JournalContradiction(`job ${jobId} cannot become ${type} in the journal: ${changes} rows changed`);
  };

  /** Whether the end of a part is on record, or its job has ended. @throws JournalContradiction when an earlier part has not ended. */
  const isKnownPart = ({ jobId, part }: Extract<WrittenTransition, { type: 'taskCompleted' }>): boolean => {
    const count = partsOf.get(jobId)?.['count'];
    if (count === undefined || Number(count) >= part.number) return true;
    if (Number(count) === part.number - 1) return false;
    throw new JournalContradiction(`part ${part.number} of job ${jobId} cannot end in the journal: ${count} have`);
  };

  /** The same of an attempt. @throws JournalContradiction when an earlier one is not on record. */
  const isKnownAttempt = ({ jobId, attempt }: Extract<WrittenTransition, { type: 'attemptFailed' }>): boolean => {
    const { number, part = null } = attempt;
    const count = attemptsOf.get({ jobId, part })?.['count'];
    if (count === undefined || Number(count) >= number) return true;
    if (Number(count) === number - 1) return false;
    throw new JournalContradiction(`attempt ${number} of job ${jobId} cannot fail in the journal: ${count} have`);
  };

  /** @returns whether it has deleted what a request kept back. */
  const record = (transition: WrittenTransition): boolean => {
    const { jobId, at, monotonic = null, type } = transition;
    // The run has ended meanwhile: how to find it is of no more use.
    if ((type === 'launched' || type === 'placed' || type === 'withdrawn') && isLive.get(jobId) === undefined)
      return false;
    if (transition.type === 'taskCompleted' && isKnownPart(transition)) return false;
    if (transition.type === 'attemptFailed' && isKnownAttempt(transition)) return false;
    const number = Number(
      event.run(jobId, at, monotonic, type, JSON.stringify(eventData(transition)), whoOf(transition)).lastInsertRowid,
    );
    switch (transition.type) {
      case 'submitted':
        submit(transition.job, number);
        if (transition.secrets !== null) secrets.keep(jobId, transition.secrets);
        break;
      case 'started':
        changeOne(start, transition, { at, monotonic, devices: jsonOrNull(transition.devices) });
        break;
      case 'launched':
        changeOne(launch, transition, { run: JSON.stringify(transition.run) });
        break;
      case 'placed':
        changeOne(place, transition, { place: JSON.stringify(transition.place) });
        break;
      case 'withdrawn':
        changeOne(withdraw, transition, {});
        break;
      case 'taskCompleted':
        changeOne(endTask, transition, { part: JSON.stringify(transition.part) });
        break;
      case 'attemptFailed':
        changeOne(endAttempt, transition, { attempt: JSON.stringify(transition.attempt) });
        break;
      case 'stopRequested':
        changeOne(requestStop, transition, { request: JSON.stringify({ at, by: transition.who }) });
        break;
      case 'reprioritised':
        changeOne(reprioritise, transition, { priority: transition.priority });
        break;
      case 'cancelled':
        changeOne(cancel, transition, { at, monotonic, number, cancelledFor: transition.cancelledFor ?? null });
        break;
      case 'completed':
      case 'failed':
        changeOne(end, transition, { at, monotonic, number, outcome: JSON.stringify(transition.outcome) });
        if (transition.type === 'completed') writeScores({ number, ...transition, monotonic });
        noteResultFiles({ ...transition, monotonic });
        break;
    }
    if (!('notify' in transition)) return false;
    for (const url of transition.notify) deliver.run(jobId, url, URL.parse(url)?.host ?? '', monotonic ?? 0);
    return secrets.remove(jobId);
  };

  return (transitions) =>
    transaction(database, () => {
      let hasDeleted = false;
      for (const transition of transitions) {
        try {
          hasDeleted = record(transition) || hasDeleted;
        } catch (error) {
          throw refusal(transition, error);
        }
      }
      return hasDeleted;
    });
}

/** What SQLite says of a value or a row, whatever the disk is like. */
const refused: readonly (number | null)[] = [sqlite.constraint, sqlite.mismatch, sqlite.tooBig];

/** Why a transition was not recorded: it will never be, when the error is about the transition and not about the disk. */
function refusal({ jobId, type }: WrittenTransition, error: unknown): unknown {
  const code = sqliteCode(error);
  if (error instanceof JournalContradiction || (code !== null && !refused.includes(code))) return error;
  const reason = `job ${jobId} cannot become ${type} in the journal: ${firstLine(error)}`;
  return new JournalContradiction(reason, { cause: error });
}

/** Records a new job, and what it is found by. `turn` is the number of its first event. */
function createSubmit(database: DatabaseSync, status: JobStatus): (job: NewJob, turn: number) => void {
  const insert = database.prepare(
    `INSERT INTO jobs (turn, job_id, status, created_at, folder_name, request, warnings, idempotency_key, request_hash,
       options, priority, submitted_by, retry_of, model, tasks, created_monotonic, imported)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const task = database.prepare('INSERT OR IGNORE INTO job_tasks (task, turn) VALUES (?, ?)');
  const label = database.prepare('INSERT INTO job_labels (label, turn) VALUES (?, ?)');
  return (
    {
      jobId,
      createdAt,
      createdMonotonic,
      folderName,
      request,
      warnings,
      idempotency,
      options,
      retryOf,
      submittedBy,
      imported,
    },
    turn,
  ) => {
    const asked = [JSON.stringify(request), JSON.stringify(warnings)] as const;
    const key = [idempotency?.key ?? null, idempotency?.requestHash ?? null] as const;
    const found = [retryOf, request.model, tasksKey(request.tasks)] as const;
    insert.run(
      turn,
      jobId,
      status,
      createdAt,
      folderName,
      ...asked,
      ...key,
      JSON.stringify(options),
      options.priority,
      submittedBy,
      ...found,
      createdMonotonic,
      imported && JSON.stringify(imported),
    );
    for (const name of request.tasks) task.run(name, turn);
    for (const [name, value] of Object.entries(options.labels)) label.run(labelKey(name, value), turn);
  };
}

/** The same text for the same tasks in any order. */
export function tasksKey(tasks: readonly string[]): string {
  return JSON.stringify(tasks.toSorted());
}

/** By whose token it was asked for. A run that was stopped ends later: its outcome repeats it. */
function whoOf(transition: WrittenTransition): string | null {
  switch (transition.type) {
    case 'submitted':
      return transition.job.submittedBy;
    case 'cancelled':
    case 'reprioritised':
    case 'stopRequested':
      return transition.who;
    case 'failed':
      return transition.outcome.kind === 'stopped' ? transition.outcome.who : null;
    default:
      return null;
  }
}

const jsonOrNull = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

/** What an event says beyond its type; the job's row has the rest. */
function eventData(transition: WrittenTransition): object {
  return { ...dataOf(transition), ...(transition.imported && { imported: true }) };
}

function dataOf(transition: WrittenTransition): object {
  switch (transition.type) {
    case 'submitted': {
      const { model, tasks } = transition.job.request;
      return { model, tasks };
    }
    case 'started':
      return transition.devices === undefined ? {} : { devices: transition.devices };
    case 'launched': {
      const { prepared, part } = transition.run;
      return { log: prepared.log, ...(part !== undefined && { part }) };
    }
    case 'taskCompleted': {
      const { number, task, status, kind } = transition.part;
      return { part: number, task, status, ...(kind !== null && { kind }) };
    }
    case 'attemptFailed': {
      const { number, part, kind, next } = transition.attempt;
      const of = part === undefined ? {} : { part };
      return { attempt: number, ...of, kind, next_at: formatTime(next.at) };
    }
    case 'placed':
      return { node: transition.place.node };
    case 'cancelled':
      return transition.cancelledFor === undefined ? {} : { cancelled_for: transition.cancelledFor };
    case 'reprioritised':
      return { priority: transition.priority };
    case 'failed':
      return { kind: transition.outcome.kind };
    default:
      return {};
  }
}
