import { shortageFor } from './capacity.ts';
import type { Devices } from './devices.ts';
import { foldersOverlap } from './foldersOverlap.ts';
import type { JobRegistry } from './jobRegistry.ts';
import type { SchedulerContext } from './schedulerContext.ts';

/** What jobs ask for, whether they are in the books or are only thought to be. */
type Requests = { registry: Pick<JobRegistry, 'request' | 'context'> };

/** What other runs leave to a job. */
type Leavings = { devices: Devices | null; underWay: readonly string[] };

/** Whether a job that waits has all that it needs of other runs: its folder, devices, and what it says it needs of this machine. */
export function isStartable(
  context: Omit<SchedulerContext, 'registry'> & Requests,
  jobId: string,
  { devices, underWay }: Leavings = { devices: context.devices, underWay: underWayOf(context) },
): boolean {
  return (
    folderHolder(context, jobId, underWay) === null &&
    devicesFor({ ...context, devices }, jobId) !== null &&
    shortageFor(context, jobId, underWay) === null
  );
}

/** The devices that a job would start with; undefined when none are handed out, null while too few are free. */
export function devicesFor(
  { devices, queue, registry }: Pick<SchedulerContext, 'devices' | 'queue'> & Requests,
  jobId: string,
): readonly string[] | null | undefined {
  return devices?.pick(registry.request(jobId).num_gpus, queue.poolOf(jobId));
}

/**
 * The running or starting job whose folder is the one of a job, or lies in it or around it; null: none. Two runs at a time
 * in one folder could not be distinguished by what they write: the second waits for the first.
 */
export function folderHolder(
  context: Pick<SchedulerContext, 'running' | 'inFlight' | 'slots' | 'runs'> & Requests,
  jobId: string,
  underWay: readonly string[] = underWayOf(context),
): string | null {
  const { slots, registry, runs } = context;
  if (slots === 1) return null;
  const folderOf = (id: string) => runs.folderOf(registry.request(id));
  const folder = folderOf(jobId);
  if (folder === null) return null;
  const overlaps = (id: string) => {
    const other = folderOf(id);
    return other !== null && foldersOverlap(folder, other);
  };
  return underWay.find(overlaps) ?? null;
}

/** The jobs that run, or were decided to start. */
export const underWayOf = ({ running, inFlight }: Pick<SchedulerContext, 'running' | 'inFlight'>): string[] => [
  ...running,
  ...inFlight.starting,
];

/** How many they are. */
export const workUnderWay = (context: Parameters<typeof underWayOf>[0]): number => underWayOf(context).length;

/** Slots that are free. That of a run which has ended is, although its end is not on disk yet: the next start comes after it. */
export function freeSlots(context: Pick<SchedulerContext, 'slots' | 'running' | 'inFlight'>): number {
  return context.slots - workUnderWay(context) + context.inFlight.endedRuns;
}

/**
 * Whether one more may be started, as few as are pending: what waits on an engine has left the queue, where priorities, `cancel` and
 * `reprioritise` count. A job that is about to be started is pending.
 */
export function roomAtEngine({
  maxPending,
  pending,
  inFlight,
}: Pick<SchedulerContext, 'maxPending' | 'pending' | 'inFlight'>): boolean {
  return maxPending === null || pending.length + inFlight.starting.length < maxPending;
}
