import { spawnSync } from 'node:child_process';

/** Runs a command to its end. @returns what it printed. @throws Error with what it said when it fails. */
export function run(cwd: string, [program, ...args]: [string, ...string[]], env = process.env): string {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    ...{ cwd, env, encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  if (error !== undefined) throw new Error(`${program} could not be started: ${error.message}`);
  if (status === 0) return stdout.trim();
  throw new Error(`${shown([program, ...args])} ended with ${signal ?? status}:\n${stdout}${stderr}`.trim());
}

/** A command as a shell reads it. */
export const shown = (words: readonly string[]): string =>
  words.map((word) => (/^[\w./:=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)).join(' ');
