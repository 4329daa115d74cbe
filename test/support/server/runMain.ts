import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

const main = new URL('../../../src/evald.ts', import.meta.url).pathname;

/** What a program left behind. */
export type Ended = { code: number | null; stdout: string; stderr: string };

/** Runs the server's command to its end: for command lines with which it does not stay. */
export function runMain(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return runNode([main, ...args], env);
}

/** Runs a program in a Node of its own, to its end. */
export async function runNode(words: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, words, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}
