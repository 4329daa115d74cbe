import type { SnapshotFrom } from 'xstate';
import { shortageFor } from '../machines/scheduler/capacity.ts';
import type { Standing } from '../machines/scheduler/orderedQueue.ts';
import type { schedulerMachine } from '../machines/scheduler/scheduler.ts';
import { devicesFor, folderHolder, freeSlots, roomAtEngine, underWayOf } from '../machines/scheduler/startable.ts';
import type { WaitingFor } from '../schemas/queue/waitingFor.ts';
import type { Books } from './books.ts';

/** What holds every job that waits, whatever it asks for; null: nothing does. Here belongs each state in which nothing is started. */
export function holdOf({
  value: { intake, dispatch },
  context: { blockedBy },
}: Pick<SnapshotFrom<typeof schedulerMachine>, 'value' | 'context'>): WaitingFor | null {
  if (intake !== 'open') return { kind: intake.closed === 'unwritable' ? 'journal' : 'shutdown' };
  if (dispatch === 'paused') return { kind: 'pause' };
  return blockedBy === null ? null : { kind: 'blocked', reason: blockedBy };
}

/**
 * What a job waits for, by the rules by which the next one is started; null unless it waits, in the queue or for its launch. Pure.
 * @param standing where it is in the queue; null: it does not wait. @param hold what holds them all.
 */
export function waitingFor(
  context: Books,
  jobId: string,
  standing: Standing | null,
  hold: WaitingFor | null,
): WaitingFor | null {
  const { unlaunched, blockedBy } = context;
  // One that is started and could not be launched waits as the others do.
  if (standing === null && blockedBy !== null && unlaunched.includes(jobId))
    return { kind: 'blocked', reason: blockedBy };
  if (standing === null || hold !== null) return standing === null ? null : hold;
  const held = context.holds.of(jobId);
  if (held?.checkpoint) return { kind: 'checkpoint', file: held.checkpoint.file };
  if (held !== undefined) return { kind: 'after', job_ids: [...held.after] };
  const { ahead } = standing;
  if (ahead > 0) return { kind: 'jobs', ahead };
  if (context.inFlight.has(jobId)) return { kind: 'journal' };
  if (freeSlots(context) <= 0) return { kind: 'slot' };
  if (!roomAtEngine(context)) return { kind: 'engine', pending: context.pending.length };
  const holder = folderHolder(context, jobId);
  if (holder !== null) return { kind: 'folder', job_id: holder };
  const { devices, registry } = context;
  if (devices !== null && devicesFor(context, jobId) === null) {
    return {
      kind: 'devices',
      needed: registry.request(jobId).num_gpus,
      free: devices.freeIn(context.queue.poolOf(jobId)).length,
    };
  }
  const shortage = shortageFor(context, jobId, underWayOf(context));
  if (shortage !== null) return { kind: 'capacity', ...shortage };
  // Nothing holds it: its start is the next thing to be written.
  return { kind: 'journal' };
}
