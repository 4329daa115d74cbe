import { options } from '../config/options.ts';
import { ConfigError, readOptions } from '../config/readConfig.ts';
import { checkJournal } from '../journal/check.ts';
import { openJournalForReading } from '../journal/database.ts';
import { exportJournal } from '../journal/export.ts';
import { reasonOf } from '../thrown.ts';

const usage = `Usage: evald journal check|export [--data-dir DIR]

  check   whether the journal is whole: the file, the numbers of its events, every row; exit code 1 when it is not
  export  the journal as JSON lines: jobs, then events

Both may run beside a server. --data-dir as for the server (default: ${options['data-dir'].default}).`;

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
  const database = openJournalOf(config['data-dir']);
  try {
    if (verb === 'check') return check(database);
    print(exportJournal(database));
    return 0;
  } finally {
    database.close();
  }
}

/** Prints lines, until nobody reads them any more: `| head` is no error. */
function print(lines: Iterable<string>): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  for (const line of lines) {
    // Known at once: writing to a pipe waits for it.
    if (process.stdout.errored !== null) return;
    process.stdout.write(`${line}\n`);
  }
}

function openJournalOf(dataDir: string): ReturnType<typeof openJournalForReading> {
  try {
    return openJournalForReading(dataDir);
  } catch (error) {
    throw new ConfigError(`--data-dir: there is no journal to read in ${dataDir}: ${reasonOf(error)}`);
  }
}

function check(database: ReturnType<typeof openJournalForReading>): number {
  const { jobs, events, problems } = checkJournal(database);
  const counts = Object.entries(jobs).map(([status, count]) => `${count} ${status}`);
  console.log(`jobs: ${counts.join(', ') || 'none'}`);
  console.log(`events: ${events.count}${events.count > 0 ? `, numbers ${events.first} to ${events.last}` : ''}`);
  for (const problem of problems) console.log(`problem: ${problem}`);
  console.log(problems.length === 0 ? 'the journal is whole' : `the journal has ${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}
