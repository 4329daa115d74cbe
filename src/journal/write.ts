import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { NewJob } from '../schemas/job.ts';
import type { Transition } from './contract.ts';
import { transaction } from './transaction.ts';

/** Records transitions in one transaction: all or none, in order. */
export type Write = (transitions: readonly Transition[]) => void;

/** Prepares the statements that record transitions. */
export function createWrite(database: DatabaseSync): Write {
  const event = database.prepare('INSERT INTO events (job_id, at, type, data, who) VALUES (?, ?, ?, ?, NULL)');
  const submit = createSubmit(database);
  const start = database.prepare(
    "UPDATE jobs SET status = 'running', started_at = ? WHERE job_id = ? AND status = 'queued'",
  );
  const launch = database.prepare("UPDATE jobs SET run = ? WHERE job_id = ? AND status = 'running'");
  const cancel = database.prepare(
    "UPDATE jobs SET status = 'cancelled', ended_at = ? WHERE job_id = ? AND status = 'queued'",
  );
  const end = database.prepare('UPDATE jobs SET status = ?, ended_at = ?, outcome = ? WHERE job_id = ? AND status = ?');
  const deliver = database.prepare('INSERT INTO deliveries (job_id, url, host, due_at) VALUES (?, ?, ?, ?)');

  const record = (transition: Transition): void => {
    const { jobId, at, type } = transition;
    const number = Number(event.run(jobId, at, type, JSON.stringify(eventData(transition))).lastInsertRowid);
    switch (transition.type) {
      case 'submitted':
        submit(transition.job, number);
        break;
      case 'started':
        changeOne(start, transition, [at, jobId]);
        break;
      case 'launched':
        changeOne(launch, transition, [JSON.stringify(transition.run), jobId]);
        break;
      case 'cancelled':
        changeOne(cancel, transition, [at, jobId]);
        break;
      case 'completed':
      case 'failed':
        changeOne(end, transition, [type, at, JSON.stringify(transition.outcome), jobId, 'running']);
        break;
    }
    if ('notify' in transition)
      for (const url of transition.notify) deliver.run(jobId, url, URL.parse(url)?.host ?? '', at);
  };

  return (transitions) =>
    transaction(database, () => {
      for (const transition of transitions) record(transition);
    });
}

/** Records a new job, and what it is found by. `turn` is the number of its first event. */
function createSubmit(database: DatabaseSync): (job: NewJob, turn: number) => void {
  const insert = database.prepare(
    `INSERT INTO jobs (turn, job_id, status, created_at, folder_name, request, warnings, idempotency_key, request_hash,
       options, priority, retry_of, model, tasks)
     VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const task = database.prepare('INSERT OR IGNORE INTO job_tasks (task, turn) VALUES (?, ?)');
  const label = database.prepare('INSERT INTO job_labels (label, turn) VALUES (?, ?)');
  return ({ jobId, createdAt, folderName, request, warnings, idempotency, options, retryOf }, turn) => {
    const asked = [JSON.stringify(request), JSON.stringify(warnings)] as const;
    const key = [idempotency?.key ?? null, idempotency?.requestHash ?? null] as const;
    const found = [retryOf, request.model, tasksKey(request.tasks)] as const;
    insert.run(
      turn,
      jobId,
      createdAt,
      folderName,
      ...asked,
      ...key,
      JSON.stringify(options),
      options.priority,
      ...found,
    );
    for (const name of request.tasks) task.run(name, turn);
    for (const [name, value] of Object.entries(options.labels)) label.run(labelKey(name, value), turn);
  };
}

/** The same text for the same tasks in any order. */
export function tasksKey(tasks: readonly string[]): string {
  return JSON.stringify(tasks.toSorted());
}

/** A label as it is found: `run:r7`, `step:12000`. */
export function labelKey(name: string, value: string | number): string {
  return `${name}:${value}`;
}

/** @throws when the row is not in the state that the transition leaves: the chart and the journal would disagree. */
function changeOne(statement: StatementSync, { jobId, type }: Transition, values: (string | number | null)[]): void {
  const { changes } = statement.run(...values);
  if (changes !== 1) throw new Error(`job ${jobId} cannot become ${type} in the journal: ${changes} rows changed`);
}

/** What an event says beyond its type; the job's row has the rest. */
function eventData(transition: Transition): object {
  switch (transition.type) {
    case 'submitted': {
      const { model, tasks } = transition.job.request;
      return { model, tasks };
    }
    case 'launched':
      return { log: transition.run.prepared.log };
    case 'failed':
      return { kind: transition.outcome.kind };
    default:
      return {};
  }
}
