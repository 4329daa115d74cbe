import { Hono } from 'hono';
import { type Queue, queueSchema } from '../../schemas/queue.ts';
import type { AppDependencies } from '../dependencies.ts';
import type { Operation } from '../operation.ts';

export const queueOperations: Operation[] = [
  {
    method: 'get',
    path: '/queue',
    summary: 'Show the queue: what runs, what waits, how many have ended',
    answers: { 200: { description: 'The queue', schema: queueSchema } },
  },
];

/** Shows the queue. */
export function queueRoutes({ scheduler }: Pick<AppDependencies, 'scheduler'>) {
  return new Hono().get('/queue', (c) => {
    const stats = scheduler.getQueueStats();
    const queue: Queue = {
      queue_size: stats.queued.length,
      running_job: stats.runningJob,
      running_jobs: stats.runningJobs,
      queued_jobs: stats.queued,
      completed_jobs: stats.completed,
      failed_jobs: stats.failed,
      cancelled_jobs: stats.cancelled,
    };
    return c.json(queue);
  });
}
