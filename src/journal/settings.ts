import type { DatabaseSync } from 'node:sqlite';
import type { JsonValue } from '../schemas/values/json.ts';
import { transaction } from './transaction.ts';

/** Saves what was asked of the server and holds across restarts, under a name. */
export function createSaveSetting(database: DatabaseSync): (name: string, value: JsonValue) => void {
  const save = database.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)');
  return (name, value) => {
    save.run(name, JSON.stringify(value));
  };
}

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
