import { Hono } from 'hono';
import { invalidRequestSchema } from '../../schemas/errors/errorBody.ts';
import {
  type RetryAnswer,
  retryAnswerSchema,
  retryQuerySchema,
  type StopAnswer,
  stopAnswerSchema,
} from '../../schemas/job/control.ts';
import { idempotencyHeader } from '../../schemas/server/headers.ts';
import { jobPath } from '../../schemas/server/paths.ts';
import type { AppDependencies } from '../dependencies.ts';
import { findJob } from '../findJob.ts';
import { hashOf, readIdempotencyKey } from '../idempotency.ts';
import { requireOwn } from '../middleware/authorize.ts';
import { type CallerEnv, clientOf } from '../middleware/caller.ts';
import { laterRefusal, noJob, notAllowed, type Operation, refusal, tooOften } from '../operation.ts';
import { readQuery } from '../query.ts';

const parameters = jobPath;

export const jobControlOperations: Operation[] = [
  {
    id: 'stopJob',
    tag: 'jobs',
    method: 'post',
    role: 'submit',
    path: '/jobs/{job_id}/stop',
    parameters,
    summary: 'Stop a running job: it fails as `stopped` when no process of it is left',
    answers: {
      202: { description: 'It is being stopped', schema: stopAnswerSchema },
      400: refusal('It has ended', 'Job already finished or cancelled'),
      404: noJob,
      409: refusal(
        'It waits: use DELETE /jobs/{job_id}',
        'The job does not run yet: use DELETE /jobs/3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55 to cancel it',
      ),
      503: laterRefusal(
        'The server is shutting down, or the run is being stopped and that cannot be written: it may go on if the server ends before',
        'The server is shutting down',
      ),
    },
  },
  {
    id: 'retryJob',
    tag: 'jobs',
    method: 'post',
    role: 'submit',
    path: '/jobs/{job_id}/retry',
    startsWork: true,
    parameters,
    query: retryQuerySchema,
    headers: idempotencyHeader,
    summary: 'Queue the request of an ended job again, with its options, as a new job',
    answers: {
      200: { description: 'Queued, and kept from now on', schema: retryAnswerSchema },
      403: notAllowed,
      404: noJob,
      409: refusal(
        'It waits or runs, or no task is missing, or its credentials are forgotten, or the Idempotency-Key was used for another request',
        'Job 3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55 has not ended yet: it is running',
      ),
      422: {
        description: 'A parameter cannot be understood, or the server can no longer run what the job asked for',
        schema: invalidRequestSchema,
      },
      429: tooOften,
      503: laterRefusal(
        'The queue is full, or the server takes no jobs at the moment',
        'The queue is full: 100000 jobs wait (--max-queue). Try again later.',
      ),
    },
  },
];

/** Stops and repeats jobs. */
export function jobControlRoutes({ scheduler }: Pick<AppDependencies, 'scheduler'>) {
  return new Hono<CallerEnv>()
    .post('/jobs/:job_id/stop', async (c) => {
      const jobId = c.req.param('job_id');
      const caller = c.get('caller');
      requireOwn(caller, () => findJob(scheduler, jobId), 'stop it');
      await scheduler.stopJob(jobId, caller.name);
      return c.json({ message: `Job ${jobId} is being stopped` } satisfies StopAnswer, 202);
    })
    .post('/jobs/:job_id/retry', async (c) => {
      const retried = c.req.param('job_id');
      const key = readIdempotencyKey(c.req);
      if (!key.ok) return c.json({ detail: key.detail }, 422);
      const read = readQuery(c.req, retryQuerySchema);
      if (!read.ok) return c.json({ detail: read.detail }, 422);
      const { missing } = read.request;
      const requestHash = hashOf({ retry_of: retried, missing });
      const { name: who, secrets } = c.get('caller');
      const { jobId, position, repeated } = await scheduler.retryJob(retried, {
        missing,
        idempotency: key.value === null ? null : { key: key.value, requestHash },
        ...{ who, secrets, client: clientOf(c) },
      });
      const job = scheduler.getJobWithPosition(jobId);
      const status = job?.status ?? 'queued';
      const answer: RetryAnswer = {
        job_id: jobId,
        status: repeated ? status : 'queued',
        position_in_queue: position,
        message: repeated
          ? `Job was submitted before with this Idempotency-Key. It is ${status}`
          : `Job queued successfully. Position in queue: ${position}`,
        warnings: [...(job?.warnings ?? []), ...read.warnings],
        retry_of: retried,
      };
      return c.json(answer);
    });
}
