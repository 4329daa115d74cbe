import { spawn } from 'node:child_process';
import { codeOf } from '../thrown.ts';

/** Bytes that every system takes: Linux gives at least 128 KiB to all arguments and variables together. */
const ALWAYS_FITS = 100_000;
/** Bytes for what a backend adds: its launcher, marks and devices. */
const ADDED = 'x'.repeat(8_192);

/**
 * Whether this system can start a program with these words and this environment. The system itself is asked, by starting
 * a shell that does nothing, for its limits are several and depend on the stack's. Of what surely fits nothing is asked.
 */
export async function fitsCommandLine(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  // Each is followed by a NUL, and found by an address.
  const bytes = [...command, ...variables].reduce((sum, word) => sum + Buffer.byteLength(word) + 9, 0);
  if (bytes < ALWAYS_FITS) return true;
  try {
    const child = spawn('/bin/sh', ['-c', ':', ADDED, ...command], { env, stdio: 'ignore' });
    return await new Promise((resolve) => {
      child.once('error', (error) => resolve(codeOf(error) !== 'E2BIG'));
      child.once('spawn', () => resolve(true));
    });
  } catch (error) {
    return codeOf(error) !== 'E2BIG';
  }
}
