import type { DatabaseSync } from 'node:sqlite';
import { transaction } from './transaction.ts';

/** Bytes that must find room before the journal counts as writable again: more than any one commit is likely to need. */
const ROOM = 256 * 1024;

/** Writes something large to the disk and takes it away again. @throws while that cannot be done. */
export function createProbe(database: DatabaseSync): () => void {
  const fill = database.prepare('INSERT INTO probe (room) VALUES (zeroblob(?))');
  const clear = database.prepare('DELETE FROM probe');
  return () =>
    transaction(database, () => {
      fill.run(ROOM);
      clear.run();
    });
}
