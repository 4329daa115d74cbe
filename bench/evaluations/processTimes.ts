import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { monotonic } from './client.ts';

/** Milliseconds between two looks: at a file that is not there yet, and at a process that is about to end. */
const LOOK_FOR_STAMP = 10;
const LOOK_AT_PROCESS = 1;

const stampSchema = z.object({ pid: z.int(), started: z.number(), scored: z.number() });

/** When the process of a run began, had its first sample scored, and was gone: seconds of the monotonic clock. */
export type ProcessTimes = { started: number; scored: number; gone: number };

/**
 * Follows the next run by what it notes. Its start is known to a hundredth of a second (as the kernel counts it), its end to
 * a few milliseconds.
 * @param stamps a file that is not there yet. @param signal ends the wait for a run that notes nothing.
 */
export async function processTimes(stamps: string, signal: AbortSignal): Promise<ProcessTimes> {
  for (;;) {
    const [line, rest] = existsSync(stamps) ? readFileSync(stamps, 'utf8').split('\n') : [];
    if (line !== undefined && rest !== undefined) {
      const { pid, started, scored } = stampSchema.parse(JSON.parse(line));
      while (existsSync(`/proc/${pid}`)) await setTimeout(LOOK_AT_PROCESS, undefined, { signal });
      return { started, scored, gone: monotonic() };
    }
    await setTimeout(LOOK_FOR_STAMP, undefined, { signal });
  }
}
