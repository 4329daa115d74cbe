import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openTerminal, quoted, type Terminal } from './terminal.ts';

const main = new URL('../../../src/evald.ts', import.meta.url).pathname;

/** A command under way. */
export type Command = {
  process: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** @returns its exit code. */
  ended: Promise<number | null>;
};

/** Starts a command of `evald` without a terminal. It knows no server but that which it is given. */
export function startCommand(args: readonly string[], env: Record<string, string> = {}): Command {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  return {
    process: child,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    ended: once(child, 'close').then(() => child.exitCode),
  };
}

/** Starts one in a terminal of a size. It shows `pid N` first, and `exit N` at the end. */
export function openCommand(
  args: readonly string[],
  { columns = 80, rows = 24, env = {} }: { columns?: number; rows?: number; env?: Record<string, string> } = {},
): Terminal {
  const line = quoted([process.execPath, main, ...args]);
  const named = `sh -c 'echo "pid $$"; exec "$@"' sh ${line}`;
  // Ctrl-C reaches the shell as well, which is to say how the command ended.
  return openTerminal(`trap : INT; stty cols ${columns} rows ${rows}; ${named}; echo "exit $?"`, env);
}
