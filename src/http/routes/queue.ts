import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { type PauseAnswer, pauseAnswerSchema } from '../../schemas/job/control.ts';
import { type Queue, queueQuerySchema, queueSchema } from '../../schemas/queue/queue.ts';
import { ifNoneMatchHeader } from '../../schemas/server/headers.ts';
import { requestLimits } from '../../schemas/values/limits.ts';
import type { AppDependencies } from '../dependencies.ts';
import { type CallerEnv, callerSuffix } from '../middleware/caller.ts';
import { laterRefusal, type Operation, queryRefusal } from '../operation.ts';
import { readQuery } from '../query.ts';

const unwritable = laterRefusal(
  'The journal cannot be written: nothing was changed',
  'The journal cannot be written: database or disk is full. Nothing was changed. Try again later.',
);

const named = { ETag: 'Names this state of the queue' };

export const queueOperations: Operation[] = [
  {
    id: 'showQueue',
    tag: 'queue',
    method: 'get',
    role: 'read',
    path: '/queue',
    summary: 'Show the queue: what runs, what waits, how many have ended',
    query: queueQuerySchema,
    headers: ifNoneMatchHeader,
    answers: {
      200: { description: 'The queue', schema: queueSchema, headers: named },
      304: { description: 'Nothing has changed since the answer with that ETag', empty: true, headers: named },
      ...queryRefusal,
    },
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
    summary: 'Start what waits again; tries at once what nothing could be started for',
    answers: { 200: { description: 'Resumed', schema: pauseAnswerSchema }, 503: unwritable },
  },
];

/** Shows, pauses and resumes the queue. */
export function queueRoutes({ scheduler, log }: Pick<AppDependencies, 'scheduler' | 'log'>) {
  const render = createRendering(scheduler);
  return new Hono<CallerEnv>()
    .get('/queue', (c) => {
      const read = readQuery(c.req, queueQuerySchema);
      if (!read.ok) return c.json({ detail: read.detail }, 422);
      const { etag, body } = render(read.request.limit);
      const headers = { ETag: etag, 'Cache-Control': 'no-cache' };
      if (isKnown(etag, c.req.header('if-none-match'))) return c.body(null, 304, headers);
      return c.body(body(), 200, { ...headers, 'Content-Type': 'application/json' });
    })
    .post('/queue/pause', async (c) => {
      await scheduler.pauseQueue();
      log.info(`the queue is paused${callerSuffix(c.get('caller'))}`);
      return c.json({ paused: true } satisfies PauseAnswer);
    })
    .post('/queue/resume', async (c) => {
      await scheduler.resumeQueue();
      log.info(`the queue is resumed${callerSuffix(c.get('caller'))}`);
      return c.json({ paused: false } satisfies PauseAnswer);
    });
}

/**
 * Writes the queue as JSON once a change, however often the whole of it is asked for, and names what it wrote. The names of
 * an earlier server mean nothing to this one.
 */
function createRendering(scheduler: Pick<AppDependencies['scheduler'], 'getQueueStats' | 'isPaused' | 'getBlocked'>) {
  const server = randomUUID();
  let number = 0;
  let last: { of: readonly unknown[]; etag: string; whole: string | null } | null = null;
  return (limit: number | undefined): { etag: string; body(): string } => {
    const stats = scheduler.getQueueStats();
    const paused = scheduler.isPaused();
    const blocked = scheduler.getBlocked();
    // The lists are values: another one when the queue is another.
    const of = [...Object.values(stats), paused, blocked];
    if (last === null || !of.every((value, at) => value === last?.of[at])) {
      number += 1;
      last = { of, etag: `${server}-${number}`, whole: null };
    }
    const known = last;
    const write = (ids = stats.queued) =>
      JSON.stringify(show({ ...stats, queued: ids }, stats.queued.length, paused, blocked));
    if (limit === undefined) return { etag: `"${known.etag}"`, body: () => (known.whole ??= write()) };
    return { etag: `"${known.etag}-${limit}"`, body: () => write(stats.queued.slice(0, limit)) };
  };
}

function show(
  stats: ReturnType<AppDependencies['scheduler']['getQueueStats']>,
  waiting: number,
  paused: boolean,
  blocked: string | null,
): Queue {
  return {
    queue_size: waiting,
    running_job: stats.runningJob,
    running_jobs: [...stats.runningJobs],
    pending_jobs: stats.pending,
    queued_jobs: [...stats.queued],
    paused,
    blocked,
    completed_jobs: stats.completed,
    failed_jobs: stats.failed,
    cancelled_jobs: stats.cancelled,
  };
}

/** Whether a client has what an ETag names already. @param ifNoneMatch the header, as it was sent. */
export function isKnown(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined || ifNoneMatch.length > requestLimits.etags) return false;
  // A proxy that compresses makes a tag weak; what it names is the same.
  return ifNoneMatch.split(',').some((part) => part.trim() === '*' || part.trim().replace(/^W\//, '') === etag);
}
