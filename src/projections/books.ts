import { jobContext } from '../machines/job/job.ts';
import { withWaiting } from '../machines/scheduler/heldJobs.ts';
import { waitingJob } from '../machines/scheduler/jobQueue.ts';
import type { JobRegistry } from '../machines/scheduler/jobRegistry.ts';
import { type SchedulerContext, statusOf } from '../machines/scheduler/schedulerContext.ts';
import type { NewJob } from '../schemas/job/job.ts';
import { newRecord } from '../schemas/job/jobRecord.ts';

/** The scheduler's books as projections read them: those that there are, or those that there would be. */
export type Books = Omit<SchedulerContext, 'registry'> & {
  registry: Pick<JobRegistry, 'context' | 'harness' | 'progressAge' | 'request' | 'observed'>;
};

/** The books as they would be if a job waited as well. Pure: those that there are stay what they are. O(log n). */
export function withQueued(context: SchedulerContext, job: NewJob): Books {
  const { jobId, request, options } = job;
  const { holds, registry } = context;
  const queue = context.queue.add(waitingJob(job));
  const own = jobContext(newRecord(job));
  const sources = { ...context, statusOf: (id: string) => statusOf(context, id) };
  return {
    ...context,
    ...withWaiting({ queue, holds }, job, sources),
    registry: {
      context: (id) => (id === jobId ? own : registry.context(id)),
      harness: (id) => (id === jobId ? options.harness : registry.harness(id)),
      progressAge: (id) => registry.progressAge(id),
      request: (id) => (id === jobId ? request : registry.request(id)),
      observed: (id) => registry.observed(id),
    },
  };
}
