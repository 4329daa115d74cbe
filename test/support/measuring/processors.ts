import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Ended } from '../server/runMain.ts';

/** Milliseconds of the processor that a process has used so far, of all its threads. */
export async function processorTimeOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // In ticks, of which the system has a hundred a second.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Runs a program in a Node of its own, to its end. @returns the milliseconds of the processor that it took as well. @throws when it fails. */
export async function timedNode(
  words: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ended & { milliseconds: number }> {
  const script = 'exec 3>&2; TIMEFORMAT="%3U %3S"; { time "$@" 2>&3; } 2>&4';
  const child = spawn('bash', ['-c', script, 'bash', process.execPath, ...words], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ignore', 'pipe'],
  });
  const [, out, err, , times] = child.stdio;
  const said = await Promise.all([out, err, times].map((stream) => text(stream as NodeJS.ReadableStream)));
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  const [stdout = '', stderr = '', seconds = ''] = said;
  const milliseconds = seconds.split(' ').reduce((sum, of) => sum + Number(of) * 1_000, 0);
  if (child.exitCode !== 0 || !Number.isFinite(milliseconds))
    throw new Error(`it ended with ${child.exitCode}: ${stderr}${seconds}`);
  return { code: child.exitCode, stdout, stderr, milliseconds };
}
