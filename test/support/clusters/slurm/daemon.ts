import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds a daemon gets to end by itself. */
const PATIENCE = 10_000;

/** A program that runs in the foreground until it is told to end, and can be started again. */
export type Daemon = {
  readonly pid: number | undefined;
  start(): Promise<void>;
  /** Ends it with a signal, and with SIGKILL when that takes too long; resolves when it has ended. */
  end(signal?: NodeJS.Signals): Promise<void>;
};

/** @param log where its output is appended. */
export function createDaemon(command: [string, ...string[]], env: Record<string, string>, log: string): Daemon {
  let child: ChildProcess | null = null;
  const hasEnded = () => child === null || child.exitCode !== null || child.signalCode !== null;
  return {
    get pid() {
      return child?.pid;
    },
    async start() {
      const [program, ...args] = command;
      const output = openSync(log, 'a');
      // Its own session: a signal to the tests' group would end it before it could be told in order.
      child = spawn(program, args, { env, stdio: ['ignore', output, output], detached: true });
      closeSync(output);
      await once(child, 'spawn');
    },
    async end(signal = 'SIGTERM') {
      if (child === null || hasEnded()) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      const late = new AbortController();
      await Promise.race([ended, setTimeout(PATIENCE, null, { signal: late.signal }).catch(() => {})]);
      late.abort();
      if (!hasEnded()) child.kill('SIGKILL');
      await ended;
    },
  };
}
