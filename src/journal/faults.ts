import { lineOf } from '../thrown.ts';

/** SQLite's words for a file whose content is not what it should be. */
const DAMAGED = /malformed|not a database|no such (table|column)|is not valid JSON|in JSON at position|JSON input/;
/** The system's and SQLite's words for a file that may not be opened or changed. */
const CLOSED = /readonly|read-only|permission|EACCES|EPERM|EROFS|unable to open/i;

/** What is wrong with a journal, in one line: the file, why, and what can be done. @param file the journal's path. */
export function journalFault(file: string, error: unknown): string {
  const reason = lineOf(error);
  if (DAMAGED.test(reason)) {
    return `${file} is damaged (${reason}): put a backup in its place, or move it away with ${file}-wal to begin anew; "evald journal check" lists what is wrong, "evald journal export" saves what can be read`;
  }
  if (CLOSED.test(reason)) {
    return `${file} cannot be written (${reason}): it and its folder must belong to the user that runs evald, on a disk that is not read-only`;
  }
  return `the journal ${file} cannot be opened: ${reason}`;
}
