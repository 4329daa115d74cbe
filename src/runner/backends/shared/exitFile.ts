import { join } from 'node:path';
import { readFileIfExists } from '../../../files/readFileIfExists.ts';
import type { Exit } from '../../../machines/ports/runner.ts';
import { signalName } from './signalName.ts';

const TICKS_A_SECOND = 100;
const MOST_BYTES = 1024;

/** How the program ended, and when, in clock ticks since boot. */
export type RecordedExit = { exit: Exit; ticks: number };

/**
 * Reads how a run ended, as the shell that started it wrote it: the exit status, and the first figure of `/proc/uptime`.
 * Null when it wrote nothing, or not yet. @throws when the file cannot be read.
 */
export async function readExit(state: string): Promise<RecordedExit | null> {
  const found = /^(\d+) (\d+\.\d+)\n$/.exec((await readFileIfExists(join(state, 'exit'), MOST_BYTES)) ?? '');
  if (found === null) return null;
  return { exit: exitOfStatus(Number(found[1])), ticks: Math.round(Number(found[2]) * TICKS_A_SECOND) };
}

/** Reads a shell's exit status: above 128 it means a signal, if there is one of that number. */
export function exitOfStatus(status: number): Exit {
  const signal = signalName(status - 128);
  return signal === null ? { kind: 'code', code: status } : { kind: 'signal', signal };
}
