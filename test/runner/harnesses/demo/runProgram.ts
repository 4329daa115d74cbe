import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../../src/runner/harnesses/demo/program.ts', import.meta.url));

/** Starts the demo program as a real child process. */
export function startProgram(flags: readonly string[]) {
  return spawn(process.execPath, [PROGRAM, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs it to its end. */
export async function runProgram(flags: readonly string[]) {
  const child = startProgram(flags);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, signal: child.signalCode, stdout, stderr };
}

/** Runs a command with both streams in a file, as a backend does. Resolves to its exit code. */
export async function runCommand([program, ...words]: [string, ...string[]], file: number): Promise<number | null> {
  const child = spawn(program, words, { stdio: ['ignore', file, file] });
  await once(child, 'close');
  return child.exitCode;
}

/** The results file in a folder, read. */
export async function readResults(folder: string): Promise<Record<string, unknown>> {
  const name = (await readdir(folder)).find((entry) => entry.endsWith('_results.json'));
  return JSON.parse(await readFile(join(folder, name ?? ''), 'utf8'));
}
