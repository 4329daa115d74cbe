import { closeSync, constants, fstatSync, openSync, write, writeSync } from 'node:fs';

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
