import { firstLine } from '../errors.ts';

/** SQLite's primary result codes that are distinguished here: https://sqlite.org/rescode.html. */
export const sqlite = {
  busy: 5,
  readOnly: 8,
  corrupt: 11,
  cannotOpen: 14,
  tooBig: 18,
  constraint: 19,
  mismatch: 20,
  notADatabase: 26,
} as const;

/** The primary result code of an error that SQLite gave; null for any other error. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  // Extended codes say more in their upper bits.
  return Number(error.errcode) & 0xff;
}

/** SQLite's words for a file whose content is not what it should be. */
const DAMAGED = /malformed|not a database|no such (table|column)|is not valid JSON|in JSON at position|JSON input/;
/** The system's and SQLite's words for a file that may not be opened or changed. */
const CLOSED = /readonly|read-only|permission|EACCES|EPERM|EROFS|unable to open/i;

/** What is wrong with a journal, in one line: the file, why, and what can be done. @param file the journal's path. */
export function journalFault(file: string, error: unknown): string {
  const reason = firstLine(error);
  if (DAMAGED.test(reason)) {
    return `${file} is damaged (${reason}): put a backup in its place, or move it away with ${file}-wal to begin anew; "evald journal check" lists what is wrong, "evald journal export" saves what can be read, "evald journal restore" puts a backup in its place`;
  }
  if (CLOSED.test(reason)) {
    return `${file} cannot be written (${reason}): it and its folder must belong to the user that runs evald, on a disk that is not read-only`;
  }
  return `the journal ${file} cannot be opened: ${reason}`;
}
