import { statSync } from 'node:fs';
import { join } from 'node:path';
import { firstLine } from '../errors.ts';

/** Files by which a data folder is known to be the one that was opened: the journal, its last changes, the lock. */
const WATCHED = ['journal.db', 'journal.db-wal', 'lock.db'];

/**
 * Why a data folder is no longer the one that was opened; null while it is. SQLite goes on writing to a file that was
 * deleted, moved away or covered by a mount, and what it writes there is lost.
 */
export type Presence = () => string | null;

/** Remembers the files of a data folder as they are now. A question costs microseconds. */
export function createPresence(dataDir: string): Presence {
  const known = WATCHED.map((name) => ({ name, file: join(dataDir, name) }))
    .map(({ name, file }) => ({ name, file, opened: identityOf(file) }))
    .filter(({ opened }) => opened !== null);
  return () => {
    for (const { name, file, opened } of known) {
      try {
        const found = identityOf(file);
        if (found === opened) continue;
        const what = found === null ? `${file} is gone` : `${name} in ${dataDir} is another file`;
        return `${what} since this server opened it: the data folder was deleted, moved, replaced or unmounted; put it back, or end this server and start it on the folder that is to be used`;
      } catch (error) {
        return `${file} cannot be looked at: ${firstLine(error)}`;
      }
    }
    return null;
  };
}

/** Names a file for as long as it is there; null when there is none. @throws when that cannot be found out. */
function identityOf(file: string): string | null {
  const found = statSync(file, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? null : `${found.dev} ${found.ino}`;
}
