import type { EndByEngine, Exit } from '../../../machines/ports/runner.ts';
import { exitOfStatus } from '../shared/exitFile.ts';
import { signalName } from '../shared/signalName.ts';
import type { RayJob } from './answers.ts';

/** With this the shell of a run ends when it could not start the program. */
const GIVEN_UP = 125;
const MOST_WORDS = 500;
const STOPPED = 'it was stopped in Ray';

/** Why Ray failed a job before anything of it ran. */
const NOT_STARTED = [
  'RUNTIME_ENV_SETUP_FAILURE',
  'JOB_SUPERVISOR_ACTOR_START_TIMEOUT',
  'JOB_SUPERVISOR_ACTOR_START_FAILURE',
  'JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE',
  'JOB_ENTRYPOINT_COMMAND_START_ERROR',
];

/**
 * How the program of a job that has ended did so, by Ray's own record: the second source, after the run's exit file.
 * @param start what is known of the start of the program, whatever Ray says: Ray may give a job up at the moment at which it begins.
 */
export function exitOf(job: RayJob, start: 'never' | 'begun' | 'unknown' = 'unknown'): Exit {
  const { status, error_type: type, driver_exit_code: code } = job;
  if (status === 'SUCCEEDED') return { kind: 'code', code: 0 };
  if (status === 'STOPPED')
    return { kind: 'cancelled', reason: start === 'never' ? `${STOPPED} before it began` : STOPPED };
  if (code === null || code === undefined) {
    const ended = endByCluster(job);
    if (ended !== null) return ended;
    const kind = type && NOT_STARTED.includes(type) && start !== 'begun' ? 'notStarted' : 'unknown';
    return { kind, reason: `Ray says: ${messageOf(job)}` };
  }
  const complaint = code === GIVEN_UP && /^evald: (.+)$/m.exec(job.message ?? '')?.[1];
  if (complaint) return { kind: 'notStarted', reason: complaint };
  return code < 0 ? { kind: 'signal', signal: signalName(-code) ?? `SIG${-code}` } : exitOfStatus(code);
}

/** Whether an end that the run's own shell recorded may be Ray's doing. */
function mayHaveReason(exit: Exit): boolean {
  return exit.kind === 'signal' || (exit.kind === 'code' && exit.code !== 0);
}

/** What the run's own shell recorded, unless that is Ray's doing. */
export function withReason(exit: Exit, job: RayJob): Exit {
  if (!mayHaveReason(exit)) return exit;
  return job.status === 'STOPPED' ? { kind: 'cancelled', reason: STOPPED } : (endByCluster(job) ?? exit);
}

/**
 * What Ray says where the job is not why it has ended: it has no types of its own for these, only words. Of any process that was killed
 * it says that the kernel's OOM killer may have been it: that alone says nothing.
 */
const BY_CLUSTER = [
  ['preempted', /node was (?:forcibly )?preempted/i],
  ['nodeFailed', /its node has died|NodeDiedError|the actor's node was terminated/i],
  ['outOfMemory', /running low on memory|OutOfMemoryError/],
] as const satisfies readonly (readonly [EndByEngine, RegExp])[];

/** Why a job ended that its program has not ended by itself; null: Ray names no such reason. */
function endByCluster(job: RayJob): Exit | null {
  const { driver_exit_code: code, error_type: type, message } = job;
  // The words of one that ended by itself are those of its program.
  if (typeof code === 'number' || !type?.startsWith('JOB_SUPERVISOR_ACTOR_')) return null;
  const kind = BY_CLUSTER.find(([, words]) => words.test(message ?? ''))?.[0];
  return kind === undefined ? null : { kind, reason: `Ray says: ${messageOf(job)}` };
}

function messageOf({ error_type, message, status }: RayJob): string {
  const [said = ''] = (message ?? '').split('Full traceback:');
  const words = said.split(/\s+/).join(' ').trim();
  const short = words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}…` : words;
  return [error_type, short].filter(Boolean).join(': ') || status;
}
