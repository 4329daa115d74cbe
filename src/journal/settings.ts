import type { DatabaseSync } from 'node:sqlite';
import type { JsonValue } from '../schemas/json.ts';

/** Saves what was told to the server and holds across restarts, under a name. */
export function createSaveSetting(database: DatabaseSync): (name: string, value: JsonValue) => void {
  const save = database.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)');
  return (name, value) => {
    save.run(name, JSON.stringify(value));
  };
}
