import { workerData } from 'node:worker_threads';
import { logLine } from '../logLine.ts';
import { BEATS, DEBUGGED, lastBegun } from './doing.ts';
import { stackOfMainThread } from './mainStack.ts';
import type { WatchdogSettings } from './watchdog.ts';
import { writeUrgently } from './writeUrgently.ts';

/** Milliseconds from look to look. */
const EVERY = 250;
/** Milliseconds that are given to find out where the loop is. */
const ASKED = 2_000;

const { watched, seconds } = workerData as WatchdogSettings;
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
  const line = `nothing was done for ${seconds} s (--watchdog): one piece of work holds all others up${begun}${stack}; this process is ended, what runs goes on, and a new start mends it`;
  await writeUrgently(2, logLine('ERROR', line));
  process.kill(process.pid, 'SIGKILL');
}
