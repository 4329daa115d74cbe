import type { DatabaseSync } from 'node:sqlite';
import type { Journal } from './contract.ts';

/** What can be asked about deliveries. */
export function createDeliveryReader(database: DatabaseSync): Pick<Journal, 'dueDeliveries' | 'nextDelivery'> {
  const due = database.prepare('SELECT * FROM deliveries WHERE due_at <= ? ORDER BY due_at, number LIMIT ?');
  const next = database.prepare('SELECT min(due_at) AS due_at FROM deliveries');
  return {
    dueDeliveries: (at, limit) =>
      due.all(at, limit).map((row) => ({
        number: Number(row['number']),
        jobId: String(row['job_id']),
        url: String(row['url']),
        attempts: Number(row['attempts']),
        dueAt: Number(row['due_at']),
      })),
    nextDelivery: () => {
      const at = next.get()?.['due_at'];
      return at === null || at === undefined ? null : Number(at);
    },
  };
}

/** What the writer does to deliveries. */
export function createDeliveryWriter(database: DatabaseSync) {
  const postpone = database.prepare(
    'UPDATE deliveries SET attempts = attempts + 1, due_at = ?, last_error = ? WHERE number = ?',
  );
  const end = database.prepare('DELETE FROM deliveries WHERE number = ?');
  return {
    postpone: (number: number, dueAt: number, error: string): void => {
      postpone.run(dueAt, error, number);
    },
    end: (number: number): void => {
      end.run(number);
    },
  };
}
