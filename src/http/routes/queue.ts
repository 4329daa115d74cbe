import { Hono } from 'hono';
import { type PauseAnswer, pauseAnswerSchema } from '../../schemas/control.ts';
import { type Queue, queueSchema } from '../../schemas/queue.ts';
import type { AppDependencies } from '../dependencies.ts';
import { type CallerEnv, callerWords } from '../guard/caller.ts';
import { laterRefusal, type Operation } from '../operation.ts';

const unwritable = laterRefusal(
  'The journal cannot be written: nothing was changed',
  'The journal cannot be written: database or disk is full. Nothing was changed. Try again later.',
);

export const queueOperations: Operation[] = [
  {
    id: 'showQueue',
    tag: 'queue',
    method: 'get',
    role: 'read',
    path: '/queue',
    summary: 'Show the queue: what runs, what waits, how many have ended',
    answers: { 200: { description: 'The queue', schema: queueSchema } },
  },
  {
    id: 'pauseQueue',
    tag: 'queue',
    method: 'post',
    role: 'admin',
    path: '/queue/pause',
    summary: 'Start nothing more until the queue is resumed, also after a restart; what runs goes on',
    answers: { 200: { description: 'Paused', schema: pauseAnswerSchema }, 503: unwritable },
  },
  {
    id: 'resumeQueue',
    tag: 'queue',
    method: 'post',
    role: 'admin',
    path: '/queue/resume',
    summary: 'Start what waits again',
    answers: { 200: { description: 'Resumed', schema: pauseAnswerSchema }, 503: unwritable },
  },
];

/** Shows, pauses and resumes the queue. */
export function queueRoutes({ scheduler, log }: Pick<AppDependencies, 'scheduler' | 'log'>) {
  return new Hono<CallerEnv>()
    .get('/queue', (c) => {
      const stats = scheduler.getQueueStats();
      const queue: Queue = {
        queue_size: stats.queued.length,
        running_job: stats.runningJob,
        running_jobs: stats.runningJobs,
        queued_jobs: [...stats.queued],
        paused: scheduler.isPaused(),
        completed_jobs: stats.completed,
        failed_jobs: stats.failed,
        cancelled_jobs: stats.cancelled,
      };
      return c.json(queue);
    })
    .post('/queue/pause', async (c) => {
      await scheduler.pauseQueue();
      log.info(`the queue is paused${callerWords(c.get('caller'))}`);
      return c.json({ paused: true } satisfies PauseAnswer);
    })
    .post('/queue/resume', async (c) => {
      await scheduler.resumeQueue();
      log.info(`the queue is resumed${callerWords(c.get('caller'))}`);
      return c.json({ paused: false } satisfies PauseAnswer);
    });
}
