import { execFileSync } from 'node:child_process';
import { faketimeLibrary } from '../../../test/support/needs.ts';
import { attempt } from './attempt.ts';

// A program that is shown another year than the machine's.
await attempt(async () => {
  const env = { ...process.env, LD_PRELOAD: faketimeLibrary, FAKETIME: '@2001-01-01 00:00:00' };
  const year = execFileSync('date', ['+%Y'], { encoding: 'utf8', env }).trim();
  if (year !== '2001') throw new Error(`${faketimeLibrary} changes no time: a program sees the year ${year}`);
});
