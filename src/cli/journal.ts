import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { options } from '../config/options.ts';
import { ConfigError, readOptions } from '../config/readConfig.ts';
import { checkJournal } from '../journal/check.ts';
import { journalFile } from '../journal/database.ts';
import { type Exported, exportJournal } from '../journal/export.ts';
import { openForRescue } from '../journal/rescue.ts';
import { lineOf } from '../thrown.ts';

const usage = `Usage: evald journal check|export [--data-dir DIR]

  check   whether the journal is whole: the file, the numbers of its events, every row; exit code 1 when it is not
  export  the journal as JSON lines: jobs, then events; of a damaged one all that can be read, and exit code 1

Both may run beside a server, and where nothing can be written. --data-dir as for the server (default: ${options['data-dir'].default}).`;

/** `evald journal …`. @returns the exit code. @throws ConfigError for what it cannot understand. */
export function journalCommand(args: readonly string[], env: NodeJS.ProcessEnv): number {
  const [verb, ...flags] = args;
  const config = readOptions(['data-dir'], flags, env);
  if (config === 'help' || verb === '--help' || verb === '-h') {
    console.log(usage);
    return 0;
  }
  if (verb !== 'check' && verb !== 'export')
    throw new ConfigError(`journal: ${verb ?? 'nothing'} is no verb; check or export`);
  if (isMissing(journalFile(config['data-dir']))) {
    throw new ConfigError(`--data-dir: there is no journal to read in ${config['data-dir']}`);
  }
  try {
    const { database, close } = openForRescue(config['data-dir']);
    try {
      return verb === 'check' ? check(database) : exportAll(database);
    } finally {
      close();
    }
  } catch (error) {
    console.error(
      `evald: ${journalFile(config['data-dir'])} cannot be read: ${lineOf(error)}; put a backup in its place`,
    );
    return 1;
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
