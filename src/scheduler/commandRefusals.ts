import type { SnapshotFrom } from 'xstate';
import { cancelRefusal, closed, reprioritiseRefusal, stopRefusal } from '../machines/scheduler/refusals.ts';
import type { schedulerMachine } from '../machines/scheduler/scheduler.ts';
import { isAllowed, statusOf } from '../machines/scheduler/schedulerContext.ts';
import type { Refusal } from '../machines/scheduler/schedulerEvents.ts';
import { EvaldError } from '../schemas/errors/errors.ts';
import type { JobRecord } from '../schemas/job/jobRecord.ts';
import { retryOf } from './retries.ts';

/** What may be asked of a job that there is. */
export type JobCommand =
  | { action: 'cancel' | 'stop' }
  | { action: 'retry'; missing: boolean }
  | { action: 'reprioritise'; priority: number };

/** Why a command would be refused now, by the guards of the charts; null: it would be done. Pure. */
export function refusalNow(
  snapshot: SnapshotFrom<typeof schedulerMachine>,
  jobId: string,
  record: JobRecord | undefined,
  command: JobCommand,
): EvaldError | null {
  try {
    if (command.action === 'retry') retryOf(jobId, record, command.missing);
  } catch (error) {
    if (error instanceof EvaldError) return error;
    throw error;
  }
  const refused = refusalOf(snapshot, jobId, command);
  return refused && new EvaldError(refused.code, refused.message);
}

function refusalOf(
  snapshot: SnapshotFrom<typeof schedulerMachine>,
  jobId: string,
  command: JobCommand,
): Refusal | null {
  const { context, status } = snapshot;
  if (status !== 'active') return closed;
  // What runs can be stopped whatever is taken beside.
  if (command.action === 'stop') return statusOf(context, jobId) === 'running' ? null : stopRefusal(context, jobId);
  if (!snapshot.matches({ intake: 'open' })) return closed;
  switch (command.action) {
    case 'retry':
      return null;
    case 'cancel':
      return isAllowed(context, jobId, { type: 'job.cancel', at: 0 }) ? null : cancelRefusal(context, jobId);
    case 'reprioritise': {
      const { priority } = command;
      const isFine = isAllowed(context, jobId, { type: 'job.reprioritise', priority });
      return isFine ? null : reprioritiseRefusal(context, jobId);
    }
  }
}
