import { closeSync, constants, fstatSync, openSync, write, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { lineFormat } from '../logging/lineFormat.ts';
import { BEATS, DEBUGGED, lastBegun } from './activity.ts';
import { stackOfMainThread } from './mainStack.ts';
import type { WatchdogSettings } from './watchdog.ts';

/** Milliseconds from look to look. */
const EVERY = 250;
/** Milliseconds that are given to find out where the loop is. */
const ASKED = 2_000;

const { watched, seconds, format } = workerData as WatchdogSettings;
const line = await lineFormat(format);
const { state } = watched;
let last = Atomics.load(state, BEATS);
let at = performance.now();
/** Milliseconds for which the loop stands still. */
let still = 0;

const watching = setInterval(() => {
  const now = performance.now();
  const passed = now - at;
  at = now;
  const beats = Atomics.load(state, BEATS);
  // A debugger holds the loop as long as its user likes.
  if (beats !== last || Atomics.load(state, DEBUGGED) === 1) {
    last = beats;
    still = 0;
    return;
  }
  // When this thread was late as well, the process was stopped or its machine asleep: that time counts for neither.
  still += Math.min(passed, EVERY);
  if (still < seconds * 1_000) return;
  clearInterval(watching);
  void end();
}, EVERY);

async function end(): Promise<void> {
  const what = lastBegun(watched);
  const begun = what === '' ? '' : `; begun last: ${what}`;
  const where = await stackOfMainThread(ASKED);
  const stack = where === null ? '' : `; it is in ${where}`;
  const message = `nothing was done for ${seconds} s (--watchdog): one piece of work holds all others up${begun}${stack}; this process is ended, what runs goes on, and a new start mends it`;
  await writeUrgently(2, line('error', message));
  process.kill(process.pid, 'SIGKILL');
}

/** Milliseconds that a socket may take. */
const LIMIT = 1_000;

/**
 * Writes a line to a standard stream before this process ends, from any thread and without waiting for its reader: where
 * it does not read, the line is lost. Never throws.
 */
export async function writeUrgently(descriptor: 1 | 2, line: string): Promise<void> {
  try {
    const stat = fstatSync(descriptor);
    if (stat.isSocket())
      return await new Promise((resolve) => {
        setTimeout(resolve, LIMIT);
        write(descriptor, line, () => resolve());
      });
    if (stat.isFile()) return void writeSync(descriptor, line);
    // Opened once more it does not wait, whatever is set for the one that others share.
    const own = openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    writeSync(own, line);
    closeSync(own);
  } catch {
    // The line is lost.
  }
}
