import { close, url } from 'node:inspector';
import type { Log } from '../logging/log.ts';

/** What a server does on a signal. */
export type OnSignal = {
  stop(signal: NodeJS.Signals): void;
  /** @returns whether there was anything to read again. */
  reload(): boolean;
};

/**
 * Obeys signals as a daemon does. SIGINT, SIGTERM and SIGQUIT stop it. SIGHUP reads files again, and never ends it: whether
 * it was started by nohup cannot be seen, since Node undoes what nohup does, and a terminal that has gone is no reason to
 * end evaluations. SIGUSR1, with which Node would open a debugger to every user of this machine, and SIGUSR2, which would
 * end it at once, do nothing. Nor do SIGTTIN and SIGTTOU stop it in the background of a terminal.
 */
export function obeySignals({ stop, reload }: OnSignal, log: Log): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const) process.on(signal, () => stop(signal));
  process.on('SIGHUP', () => {
    if (!reload()) log.info('SIGHUP: there is no file to read again; the server goes on');
  });
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) {
    process.on(signal, () => log.info(`${signal} does nothing: SIGHUP reads files again, SIGTERM stops the server`));
  }
  for (const signal of ['SIGTTIN', 'SIGTTOU'] as const) process.on(signal, () => {});
}

/** Closes the debugger that Node has opened for a SIGUSR1 that came before there was a listener; one asked for stays. */
export function closeDebugger(log: Log): void {
  const isAskedFor = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((words) =>
    words.includes('--inspect'),
  );
  if (isAskedFor || url() === undefined) return;
  close();
  log.warn('SIGUSR1 came while the server was starting: the debugger that Node opened is closed again');
}
