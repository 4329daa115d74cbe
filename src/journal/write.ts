import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Transition } from './contract.ts';
import { transaction } from './transaction.ts';

/** Records transitions in one transaction: all or none, in order. */
export type Write = (transitions: readonly Transition[]) => void;

/** Prepares the statements that record transitions. */
export function createWrite(database: DatabaseSync): Write {
  const event = database.prepare('INSERT INTO events (job_id, at, type, data, who) VALUES (?, ?, ?, ?, NULL)');
  const submit = database.prepare(
    `INSERT INTO jobs (job_id, turn, status, created_at, folder_name, request, warnings, idempotency_key, request_hash)
     VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?)`,
  );
  const start = database.prepare(
    "UPDATE jobs SET status = 'running', started_at = ? WHERE job_id = ? AND status = 'queued'",
  );
  const launch = database.prepare("UPDATE jobs SET run = ? WHERE job_id = ? AND status = 'running'");
  const cancel = database.prepare(
    "UPDATE jobs SET status = 'cancelled', ended_at = ? WHERE job_id = ? AND status = 'queued'",
  );
  const end = database.prepare('UPDATE jobs SET status = ?, ended_at = ?, outcome = ? WHERE job_id = ? AND status = ?');

  const record = (transition: Transition): void => {
    const { jobId, at, type } = transition;
    const number = Number(event.run(jobId, at, type, JSON.stringify(eventData(transition))).lastInsertRowid);
    switch (transition.type) {
      case 'submitted': {
        const { createdAt, folderName, request, warnings, idempotency } = transition.job;
        const texts = [JSON.stringify(request), JSON.stringify(warnings)] as const;
        submit.run(
          jobId,
          number,
          createdAt,
          folderName,
          ...texts,
          idempotency?.key ?? null,
          idempotency?.requestHash ?? null,
        );
        break;
      }
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
  };

  return (transitions) =>
    transaction(database, () => {
      for (const transition of transitions) record(transition);
    });
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
