import type { Transition } from '../ports/journal.ts';
import { momentOf } from './decisions.ts';
import type { SchedulerContext } from './schedulerContext.ts';
import type { Reply } from './schedulerEvents.ts';

/**
 * A request to end the run of a job. The client waits for the reply until it is on disk. One that cannot be written is
 * answered at once: it is then neither written nor waited for.
 */
export type StopRequest = { isWritten: boolean; reply: Reply | null };

/** The requests to end running jobs, by job id. */
export type StopRequests = ReadonlyMap<string, StopRequest>;

/** The requests with that of one job changed. Pure. */
export function withStop(stops: StopRequests, jobId: string, request: StopRequest): StopRequests {
  return new Map(stops).set(jobId, request);
}

/** The requests without that of a job that has ended: the same when there was none. Pure. */
export function withoutStop(stops: StopRequests, jobId: string): StopRequests {
  return stops.has(jobId) ? new Map([...stops].filter(([id]) => id !== jobId)) : stops;
}

/** The requests, of which those of some jobs are known not to be on disk. Pure. */
export function withUnwritten(stops: StopRequests, jobIds: readonly string[]): StopRequests {
  return jobIds.reduce((rest, jobId) => withStop(rest, jobId, { isWritten: false, reply: null }), stops);
}

/** That a running job was asked to end. */
export function stopOf(context: SchedulerContext, { jobId, who }: { jobId: string; who: string | null }): Transition {
  return { type: 'stopRequested', jobId, ...momentOf(context, jobId), who };
}

/** Whether every request is on disk. */
export const areWritten = (stops: StopRequests): boolean => [...stops.values()].every(({ isWritten }) => isWritten);
