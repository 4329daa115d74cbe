import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { removeFolder } from '../support/files/removeFolder.ts';
import type { Ended } from '../support/server/runMain.ts';
import { openTerminal } from '../support/server/terminal.ts';

const main = new URL('../../src/evald.ts', import.meta.url).pathname;

/** How a command is started: what it knows of servers, and what it reads. */
export type Asking = { env?: Record<string, string>; input?: string; cwd?: string };

/** A folder without any servers that were logged in to. */
export async function emptyHome(): Promise<{ home: string; remove(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'evald-home-'));
  return { home, remove: () => removeFolder(home) };
}

/** Runs a command as in a script: without a terminal. */
export async function evald(args: readonly string[], { env = {}, input = '', cwd }: Asking = {}): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, EVALD_TOKEN: '', NO_COLOR: '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
  // It may end without having read it.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

/** Runs a command in a terminal of 80 columns. @returns what it showed, and its exit code. */
export async function evaldOnTerminal(
  args: readonly string[],
  { env = {} }: Asking = {},
  keys: readonly { after: string; press: string }[] = [],
): Promise<{ shown: string; code: number | null }> {
  const line = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ');
  const terminal = openTerminal(`stty cols 80 rows 24; exec ${line}`, { EVALD_TOKEN: '', NO_COLOR: '', ...env });
  const ended = once(terminal.process, 'exit');
  for (const { after, press } of keys) {
    while (!terminal.shown().includes(after)) await once(terminal.process.stdout as NodeJS.ReadableStream, 'data');
    terminal.press(press);
  }
  await ended;
  return { shown: terminal.shown().replaceAll('\r\n', '\n'), code: terminal.process.exitCode };
}
