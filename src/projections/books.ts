import type { JobRegistry } from '../machines/scheduler/jobRegistry.ts';
import type { SchedulerContext } from '../machines/scheduler/schedulerContext.ts';
import type { NewJob } from '../schemas/job/job.ts';

/** The scheduler's books as projections read them: those that there are, or those that there would be. */
export type Books = Omit<SchedulerContext, 'registry'> & {
  registry: Pick<JobRegistry, 'context' | 'progressAge' | 'request' | 'observed'>;
};

/** The books as they would be if a job waited as well. Pure: those that there are stay what they are. O(log n). */
export function withQueued(context: SchedulerContext, { jobId, request, options }: NewJob): Books {
  const { queue, registry } = context;
  return {
    ...context,
    queue: queue.add(jobId, options.priority),
    registry: {
      context: (id) => registry.context(id),
      progressAge: (id) => registry.progressAge(id),
      request: (id) => (id === jobId ? request : registry.request(id)),
      observed: (id) => registry.observed(id),
    },
  };
}
