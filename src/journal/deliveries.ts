import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Delivery, Journal } from '../machines/ports/journal.ts';

/** What can be asked about deliveries. */
export function createDeliveryReader(database: DatabaseSync): Pick<Journal, 'dueDeliveries' | 'laterDeliveries'> {
  // From host to host by the index: what it costs does not grow with what waits for one of them.
  const due = database.prepare(
    `WITH RECURSIVE hosts (host) AS (
       SELECT min(host) FROM deliveries
       UNION ALL
       SELECT (SELECT min(host) FROM deliveries WHERE host > hosts.host) FROM hosts WHERE host IS NOT NULL
     )
     SELECT deliveries.* FROM hosts JOIN deliveries ON deliveries.number IN (
       SELECT number FROM deliveries AS own WHERE own.host = hosts.host AND own.due_at <= ?
       ORDER BY own.due_at, own.number LIMIT ?
     )
     ORDER BY deliveries.due_at, deliveries.number`,
  );
  const later = database.prepare('SELECT * FROM deliveries WHERE due_at > ? ORDER BY due_at, number LIMIT ?');
  return {
    dueDeliveries: (at, perHost) => due.all(at, perHost).map(deliveryOf),
    laterDeliveries: (after, limit) => later.all(after, limit).map(deliveryOf),
  };
}

const deliveryOf = (row: Record<string, SQLOutputValue>): Delivery => ({
  number: Number(row['number']),
  jobId: String(row['job_id']),
  url: String(row['url']),
  host: String(row['host']),
  attempts: Number(row['attempts']),
  dueAt: Number(row['due_at']),
});

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
