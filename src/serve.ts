import { setImmediate } from 'node:timers/promises';
import type { Config } from './config/options.ts';
import { ConfigError, isOnCommandLine } from './config/readConfig.ts';
import { shutdownPolicy } from './config/slots.ts';
import { strayVariables } from './config/strayVariables.ts';
import { lineFormat } from './logging/lineFormat.ts';
import { createLog, createPieces, type Log } from './logging/log.ts';
import { openStandardStream, type StandardStream } from './logging/standardStreams.ts';
import { openServiceManager } from './process/serviceManager.ts';
import { closeDebugger, obeySignals } from './process/signals.ts';
import { AccessError } from './security/privateFile.ts';
import { type Server, startServer } from './server.ts';
import { startWatchdog } from './watchdog/watchdog.ts';

/** Milliseconds beyond the grace period after which a stop that hangs is given up. */
const MARGIN = 5_000;

/** Milliseconds that the last lines of a server get to reach whatever reads them. */
const LAST_LINES = 1_000;

/** Runs the server until it is asked to end. */
export async function serve(config: Config): Promise<never> {
  const format = await lineFormat(config['log-format']);
  const output = openStandardStream(2);
  const write = createPieces(output, format);
  const log = createLog(write, { format, level: config['log-level'] });
  // Whatever the level: it is the last.
  const sayWhy = (code: 1 | 2, message: string) =>
    write(config['log-format'] === 'text' ? `evald: ${message}\n` : format('error', message, { exit_code: code }));
  const fail = async (code: 1 | 2, message: string): Promise<never> => {
    sayWhy(code, message);
    return end(output, code);
  };
  logOwnFaults(log, (message) => sayWhy(1, message));
  closeDebugger(log);
  const manager = openServiceManager(process.env, log);
  // Before anything is started: a signal that comes meanwhile is obeyed as soon as there is something to stop.
  const commandLine = Promise.withResolvers<NodeJS.Signals>();
  let stop = commandLine.resolve;
  let running: Server | null = null;
  let isHungUp = false;
  const reload = () => {
    isHungUp = running === null;
    return running === null || running.reload();
  };
  obeySignals({ stop: (signal) => stop(signal), reload }, log);
  for (const warning of strayVariables(config, process.argv.slice(2), process.env)) log.warn(warning);
  if (isOnCommandLine('token', process.argv.slice(2))) {
    log.warn(
      '--token is on the command line, where every user of the machine can read it: use EVALD_TOKEN or --tokens',
    );
  }
  // No program that is started from here on has it in its environment.
  delete process.env['EVALD_TOKEN'];
  // Asked to end, a start waits for no engine.
  const ending = new AbortController();
  void commandLine.promise.then(() => ending.abort());
  const server = await startServer(config, log, {}, ending.signal).catch((error: NodeJS.ErrnoException) =>
    fail(error instanceof AccessError || error instanceof ConfigError ? 2 : 1, listeningFault(error, config)),
  );
  running = server;
  const endWatchdog = startWatchdog(config.watchdog, log.error, config['log-format']);
  closeDebugger(log);
  if (isHungUp) server.reload();
  manager.ready(`listens on ${server.url}`);
  void warnOfSetup(config, log);
  const failed = server.failed.then((reason) =>
    fail(1, `${reason}; start it again: nothing that was acknowledged is lost`),
  );
  const signal = await Promise.race([commandLine.promise, failed]);
  stop = () => log.info('already stopping');
  const consequence = shutdownPolicy(config) === 'leave' ? 'is left to go on' : `is ended within ${config.grace} s`;
  log.info(`${signal}: no more jobs are taken; what runs ${consequence}`);
  manager.stopping(`${signal}: what runs ${consequence}`);
  setTimeout(
    () => void fail(1, 'a run could not be ended in time; see its job in the log above'),
    config.grace * 1_000 + MARGIN,
  ).unref();
  await server.stop();
  manager.close();
  await endWatchdog();
  log.info('stopped');
  return end(output, 0);
}

/** Why a server has not started; where it cannot listen, with what to do. */
function listeningFault({ code, syscall, message }: NodeJS.ErrnoException, { host, port }: Config): string {
  if (code === 'EADDRINUSE') return `port ${port} of ${host} is in use; choose another --port`;
  if (code === 'EACCES' && syscall === 'listen') {
    return `port ${port} of ${host} may not be used by the user that evald runs as; choose a --port from 1024 on`;
  }
  return message;
}

/** Says what `evald check` would find that no start fails for. It holds up nothing. */
async function warnOfSetup(config: Config, log: Log): Promise<void> {
  const { setupWarnings } = await import('./cli/preflight/preflight.ts');
  const warnings = await setupWarnings(config).catch(() => []);
  for (const { name, says, remedy } of warnings) log.warn(`${name}: ${says}${remedy === null ? '' : `; ${remedy}`}`);
}

/** Ends when what was written has been read, or is not going to be. */
async function end(output: StandardStream, code: number): Promise<never> {
  // What was written in this turn is handed over at its end.
  await setImmediate();
  await output.settle(LAST_LINES);
  process.exit(code);
}

/** Node itself would write these past the log, and wait where its reader does not read. */
function logOwnFaults(log: Log, sayWhy: (message: string) => void): void {
  if (process.listenerCount('warning') > 0) {
    process.removeAllListeners('warning');
    process.on('warning', ({ name, message }) => log.warn(`${name}: ${message}`));
  }
  process.on('uncaughtException', (error) => {
    sayWhy(`a fault of evald itself: ${error?.stack ?? error}`);
    process.exit(1);
  });
}
