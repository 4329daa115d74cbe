import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** The key that stops what a terminal shows, and the one that lets it go on. */
export const STOP = '\x13';
export const GO_ON = '\x11';

/** Programs in a terminal of their own, as `script` of util-linux makes it. */
export type Terminal = {
  /** What it has shown so far. */
  shown(): string;
  press(key: string): void;
  /** Takes it away, as when a connection ends: what runs in it is hung up on. */
  vanish(): Promise<void>;
  process: ChildProcess;
};

/** Opens a terminal with a line for a shell in it. */
export function openTerminal(line: string, env: Record<string, string> = {}): Terminal {
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', line, '/dev/null'], {
    env: { ...process.env, SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let shown = '';
  child.stdout.on('data', (chunk) => {
    shown += chunk;
  });
  child.stdin.on('error', () => {});
  return {
    shown: () => shown,
    press: (key) => void child.stdin.write(key),
    vanish: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
    process: child,
  };
}

/** Words as one line for a shell. */
export const quoted = (words: readonly string[]): string =>
  words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
