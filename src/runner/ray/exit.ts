import { constants } from 'node:os';
import type { Exit } from '../contract.ts';
import { exitOfStatus } from '../local/launcher.ts';
import type { RayJob } from './answers.ts';

/** With this the shell of a run ends when it could not start the program. */
const GIVEN_UP = 125;
const MOST_WORDS = 500;

/** How the program of a job that has ended did so, by Ray's own record: the second source, after the run's exit file. */
export function exitOf(job: RayJob): Exit {
  const { status, driver_exit_code: code } = job;
  if (status === 'SUCCEEDED') return { kind: 'code', code: 0 };
  if (status === 'STOPPED') return { kind: 'signal', signal: 'SIGTERM' };
  if (code === null || code === undefined) return { kind: 'unknown', reason: `Ray says: ${wordsOf(job)}` };
  const complaint = code === GIVEN_UP && /^evald: (.+)$/m.exec(job.message ?? '')?.[1];
  if (complaint) return { kind: 'unknown', reason: complaint };
  return code < 0 ? { kind: 'signal', signal: signalOf(-code) } : exitOfStatus(code);
}

function wordsOf({ error_type, message, status }: RayJob): string {
  const words = (message ?? '').split(/\s+/).join(' ').trim();
  const short = words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}…` : words;
  return [error_type, short].filter(Boolean).join(': ') || status;
}

function signalOf(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`;
}
