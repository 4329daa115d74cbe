import type { EndByEngine, Exit } from '../../../machines/ports/runner.ts';
import { exitOfStatus } from '../shared/exitFile.ts';
import { signalName } from '../shared/signalName.ts';
import type { QueueRow, SlurmRecord } from './queue.ts';

/** States in which nothing of a job is left; in all others something may be, COMPLETING included. */
const ENDED = new Set([
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TIMEOUT',
  'NODE_FAIL',
  'OUT_OF_MEMORY',
  'PREEMPTED',
  'BOOT_FAIL',
  'DEADLINE',
  'LAUNCH_FAILED',
  'RECONFIG_FAIL',
  'REVOKED',
]);

/** Why Slurm itself ended a job, for people. `%` stands for its node. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  CANCELLED: 'it was cancelled in Slurm',
  TIMEOUT: 'it ran longer than its limit in Slurm',
  NODE_FAIL: 'its node % failed',
  OUT_OF_MEMORY: 'it used more memory than it may',
  PREEMPTED: 'it was preempted in Slurm by another job',
  BOOT_FAIL: 'its node % could not be booted',
  DEADLINE: 'its deadline in Slurm has passed',
  REVOKED: 'Slurm withdrew it for another cluster',
};

/** Of these the kind of end. A cancellation has one, whenever and however it came: while the job waited, by TERM, by KILL. */
const KINDS: Readonly<Record<string, EndByEngine>> = {
  CANCELLED: 'cancelled',
  PREEMPTED: 'preempted',
  NODE_FAIL: 'nodeFailed',
  BOOT_FAIL: 'nodeFailed',
  OUT_OF_MEMORY: 'outOfMemory',
};

/** Ends of which a job that had not begun is innocent: it may be submitted again. */
const OF_THE_CLUSTER = new Set(['NODE_FAIL', 'BOOT_FAIL', 'PREEMPTED', 'REVOKED']);

/** What is most often wrong when a node could not begin. */
const SHARED = 'is the data folder, and output_dir, on a disk that the nodes share?';

export const hasEnded = ({ state }: QueueRow): boolean => ENDED.has(state);

/** Whether the cluster alone is why a job has ended. */
export const endedByCluster = ({ state }: QueueRow): boolean => OF_THE_CLUSTER.has(state);

/** What is known of the end of a job. */
export type End = {
  row: QueueRow;
  /** What the script of the job wrote of its program; null when it wrote nothing. */
  recorded: Exit | null;
  /** Slurm's record; null when it is not known. */
  record: SlurmRecord | null;
  /** Whether the program was started. */
  began: boolean;
};

/**
 * Whether Slurm's record can add to what the script wrote: not when the program ended well.
 * A program that is asked to end may still say with which code it did; why it was asked is only known to Slurm. A job that was put
 * back into the queue fails when it starts again, for its start is taken.
 */
export function needsRecord(row: QueueRow, recorded: Exit | null): boolean {
  if (recorded === null) return true;
  return !isSuccess(recorded) && (row.state in EXPLANATIONS || row.state === 'FAILED');
}

/**
 * How a run ended that had begun, and that Slurm has put back into its queue since, or has started again: nothing of it starts again.
 * Slurm does so when its node fails, for a job that goes before it, and when it is asked to; of the last two it does not say which.
 * @param failed whether its node is down.
 */
export function requeuedExit(recorded: Exit | null, node: string, failed: boolean): Exit {
  if (recorded !== null && isSuccess(recorded)) return recorded;
  if (failed) return { kind: 'nodeFailed', reason: `its node ${node} failed, and Slurm requeued it` };
  return { kind: 'preempted', reason: 'it was requeued in Slurm, for another job or by hand' };
}

/** How a run ended, as far as anybody knows: its script first, Slurm second. */
export function exitOf({ row, recorded, record, began }: End): Exit {
  if (recorded !== null && (isSuccess(recorded) || !(row.state in EXPLANATIONS))) return recorded;
  const reason = `${explanationOf(row)} (Slurm: ${[row.state, row.reason].filter(Boolean).join(', ')})`;
  const kind = KINDS[row.state];
  if (kind !== undefined) return { kind, reason };
  if (row.state === 'TIMEOUT') return { kind: 'timedOut', seconds: record?.limit ?? null };
  // Only its program lets the script end well: a claim that is not seen yet (NFS) is there all the same.
  if (!began && row.state !== 'COMPLETED')
    return { kind: 'notStarted', reason: row.reason === 'JobLaunchFailure' ? `${reason}; ${SHARED}` : reason };
  switch (row.state) {
    case 'COMPLETED':
      return { kind: 'code', code: record?.code ?? 0 };
    case 'REVOKED':
      return { kind: 'unknown', reason };
    case 'FAILED':
      // Slurm names the way in which it ended, and writes codes of its own with the ways that are not a code.
      return row.reason === 'NonZeroExitCode' && record !== null ? byRecord(record) : { kind: 'unknown', reason };
  }
  if (recorded !== null) return { ...recorded, reason } as Exit;
  const signal = record === null || record.signal === 0 ? 'SIGKILL' : named(record.signal);
  return row.state in EXPLANATIONS ? { kind: 'signal', signal, reason } : { kind: 'unknown', reason };
}

function byRecord({ code, signal }: SlurmRecord): Exit {
  return signal === 0 ? exitOfStatus(code) : { kind: 'signal', signal: named(signal) };
}

export function explanationOf({ state, node }: QueueRow): string {
  return (EXPLANATIONS[state] ?? `Slurm ended it${node === '' ? '' : ' on %'}`).replace('%', node);
}

function isSuccess(exit: Exit): boolean {
  return exit.kind === 'code' && exit.code === 0;
}

const named = (signal: number): string => signalName(signal) ?? `signal ${signal}`;
