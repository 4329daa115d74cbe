import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';

/** Something beyond npm that a suite needs, and the command that provides it. */
export type Need = { present: boolean; command: string };

const cache = process.env['EVALD_CACHE'] ?? join(homedir(), '.cache', 'evald');

/** The Python of the virtual environment that `npm run setup:lmms-eval` makes. */
export const lmmsEvalPython = join(cache, 'lmms-eval', 'bin', 'python');

export const lmmsEval: Need = { present: existsSync(lmmsEvalPython), command: 'npm run setup:lmms-eval' };

/** The virtual environment that `npm run setup:ray` makes. */
export const rayVenv = join(cache, 'ray');

export const ray: Need = { present: existsSync(join(rayVenv, 'bin', 'ray')), command: 'npm run setup:ray' };

/** Debian's Chromium. */
export const chromiumPath = '/usr/bin/chromium';

export const chromium: Need = { present: existsSync(chromiumPath), command: 'npm run setup:chromium' };

/** Shows a program another time than the machine's. */
export const faketimeLibrary = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;

export const faketime: Need = { present: existsSync(faketimeLibrary), command: 'npm run setup:faketime' };

/** Makes certificates. */
export const opensslPath = '/usr/bin/openssl';

export const openssl: Need = { present: existsSync(opensslPath), command: 'apt-get install openssl' };

/** A filesystem of a few megabytes, to be filled: mounting one takes root. */
export const smallFilesystem: Need = { present: process.getuid?.() === 0, command: 'npm test as root' };

/** Slurm's daemons and munge, which a test starts for itself; their owner is root. */
export const slurm: Need = {
  present: existsSync('/usr/sbin/slurmctld') && existsSync('/usr/sbin/munged') && process.getuid?.() === 0,
  command: 'npm run setup:slurm, and npm test as root',
};

/** Several of them. */
export function allOf(...needs: Need[]): Need {
  const missing = needs.filter(({ present }) => !present);
  return { present: missing.length === 0, command: (missing[0] ?? needs[0])?.command ?? '' };
}

/** A suite that runs where its need is met, and is counted and listed as skipped elsewhere. */
export function describeWith(need: Need, name: string, suite: () => void): void {
  describe.skipIf(!need.present)(`${name} (needs ${need.command})`, suite);
}
