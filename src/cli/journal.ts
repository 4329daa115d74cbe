import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { ConfigError } from '../config/readConfig.ts';
import { firstLine } from '../errors.ts';
import { checkJournal } from '../journal/check.ts';
import { journalFile } from '../journal/database.ts';
import { type Exported, exportJournal } from '../journal/export.ts';
import { openForRescue } from '../journal/rescue.ts';

/** `evald journal …`. @param folder of the data. @returns the exit code. @throws ConfigError where there is no journal. */
export function journalCommand(verb: 'check' | 'export', folder: string): number {
  expectJournal(folder);
  try {
    const { database, close } = openForRescue(folder);
    try {
      return verb === 'check' ? check(database) : exportAll(database);
    } finally {
      close();
    }
  } catch (error) {
    console.error(
      `evald: ${journalFile(folder)} cannot be read: ${firstLine(error)}; put a backup in its place (evald journal restore)`,
    );
    return 1;
  }
}

/** @throws ConfigError where there is no journal. */
export function expectJournal(folder: string): void {
  if (isMissing(journalFile(folder))) {
    throw new ConfigError(`--data-dir: there is no journal to read in ${folder}`);
  }
}

/** What cannot be looked at may be there. */
function isMissing(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

function exportAll(database: DatabaseSync): number {
  const lines = exportJournal(database);
  const exported = print(lines);
  if (exported === null) return 0;
  const parts = Object.entries(exported).filter(([, { reason }]) => reason !== null);
  for (const [what, { saved, lost, reason }] of parts) {
    console.error(`evald: ${lost ?? 'an unknown number of'} ${what} could not be read, ${saved} are saved: ${reason}`);
  }
  return parts.length === 0 ? 0 : 1;
}

/** Prints lines, until their reader has gone: `| head` is no error. @returns what came of it; null then. */
function print(lines: Generator<string, Exported>): Exported | null {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  for (;;) {
    const step = lines.next();
    if (step.done) return step.value;
    // Known at once: writing to a pipe waits for it.
    if (process.stdout.errored !== null) return null;
    process.stdout.write(`${step.value}\n`);
  }
}

function check(database: DatabaseSync): number {
  const { jobs, events, problems } = checkJournal(database);
  const counts = Object.entries(jobs).map(([status, count]) => `${count} ${status}`);
  console.log(`jobs: ${counts.join(', ') || 'none'}`);
  console.log(`events: ${events.count}${events.count > 0 ? `, numbers ${events.first} to ${events.last}` : ''}`);
  for (const problem of problems) console.log(`problem: ${problem}`);
  console.log(problems.length === 0 ? 'the journal is whole' : `the journal has ${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}
