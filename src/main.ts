import { AccessError } from './access/accessError.ts';
import { journalCommand } from './cli/journal.ts';
import { tokenCommand } from './cli/token.ts';
import { helpText } from './config/help.ts';
import { fateOfRuns } from './config/onShutdown.ts';
import type { Config } from './config/options.ts';
import { ConfigError, isOnCommandLine, readConfig } from './config/readConfig.ts';
import { readSlots } from './config/slots.ts';
import { createLog } from './log.ts';
import { type Server, startServer } from './server.ts';

/** Milliseconds beyond the grace period after which a stop that hangs is given up. */
const MARGIN = 5_000;

// A log that nobody reads any more (a closed pipe) is no reason to end.
process.stderr.on('error', () => {});
const log = createLog();
if (process.argv[2] === 'journal') {
  process.exitCode = obeying(() => journalCommand(process.argv.slice(3), process.env));
} else if (process.argv[2] === 'token') {
  process.exitCode = obeying(() => tokenCommand(process.argv.slice(3), process.env));
} else await serve(settings());

/** Runs the server until it is told to end. */
async function serve(config: Config): Promise<never> {
  // Before anything is started: a signal that comes meanwhile is obeyed as soon as there is something to stop.
  const asked = Promise.withResolvers<NodeJS.Signals>();
  process.once('SIGINT', asked.resolve);
  process.once('SIGTERM', asked.resolve);
  let isHungUp = false;
  let hangUp = (): void => {
    isHungUp = true;
  };
  process.on('SIGHUP', () => hangUp());
  if (isOnCommandLine('token', process.argv.slice(2))) {
    log.warn(
      '--token is on the command line, where every user of the machine can read it: use EVALD_TOKEN or --tokens',
    );
  }
  // No program that is started from here on has it in its environment.
  delete process.env['EVALD_TOKEN'];
  const server = await startServer(config, log).catch((error: NodeJS.ErrnoException) => {
    fail(
      error instanceof AccessError || error instanceof ConfigError ? 2 : 1,
      error.code === 'EADDRINUSE'
        ? `port ${config.port} of ${config.host} is in use; choose another --port`
        : error.message,
    );
  });
  // A terminal that is closed ends a server that has nothing to read again.
  hangUp = () => server.reload() || asked.resolve('SIGHUP');
  if (isHungUp) hangUp();
  const failed = server.failed.then((reason) =>
    fail(1, `${reason}; start it again: nothing that was acknowledged is lost`),
  );
  return stop(server, config, await Promise.race([asked.promise, failed]));
}

function settings(): Config {
  const read = obeying(() => {
    const config = readConfig(process.argv.slice(2), process.env);
    if (config !== 'help') readSlots(config);
    return config;
  });
  if (read !== 'help') return read;
  console.log(helpText());
  process.exit(0);
}

/** What a command answers; a setting that cannot be used is its user's to mend. */
function obeying<T>(command: () => T): T {
  try {
    return command();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof AccessError) fail(2, error.message);
    throw error;
  }
}

async function stop(running: Server, config: Config, signal: string): Promise<never> {
  const fate = fateOfRuns(config) === 'leave' ? 'is left to go on' : `is ended within ${config.grace} s`;
  log.info(`${signal}: no more jobs are taken; what runs ${fate}`);
  process.on('SIGINT', () => log.info('already stopping'));
  process.on('SIGTERM', () => log.info('already stopping'));
  setTimeout(
    () => fail(1, 'a run could not be ended in time; see its job in the log above'),
    config.grace * 1_000 + MARGIN,
  ).unref();
  await running.stop();
  log.info('stopped');
  process.exit(0);
}

/** One line on standard error, and the end. */
function fail(code: 1 | 2, message: string): never {
  console.error(`evald: ${message}`);
  process.exit(code);
}
