import { Hono } from 'hono';
import {
  type RetryAnswer,
  retryAnswerSchema,
  retryQuerySchema,
  type StopAnswer,
  stopAnswerSchema,
} from '../../schemas/control.ts';
import { invalidRequestSchema } from '../../schemas/errorBody.ts';
import { EvaldError } from '../../schemas/errors.ts';
import type { AppDependencies } from '../dependencies.ts';
import { hashOf, readIdempotencyKey } from '../idempotency.ts';
import { laterRefusal, type Operation, refusal } from '../operation.ts';
import { readQuery } from '../query.ts';

const parameters = { job_id: 'Id of the job' };
const unknown = refusal('No such job, or it is no longer kept');

export const jobControlOperations: Operation[] = [
  {
    method: 'post',
    path: '/jobs/{job_id}/stop',
    parameters,
    summary: 'Stop a running job: it fails as `stopped` when no process of it is left',
    answers: {
      202: { description: 'It is being stopped', schema: stopAnswerSchema },
      400: refusal('It has ended'),
      404: unknown,
      409: refusal('It waits: use DELETE /jobs/{job_id}'),
      503: laterRefusal('The server changes nothing at the moment'),
    },
  },
  {
    method: 'post',
    path: '/jobs/{job_id}/retry',
    parameters,
    query: retryQuerySchema,
    headers: { 'Idempotency-Key': 'Chosen by the client: sent again, it answers the same job' },
    summary: 'Queue the request of an ended job again, with its options, as a new job',
    answers: {
      200: { description: 'Queued, and kept from now on', schema: retryAnswerSchema },
      404: unknown,
      409: refusal('It waits or runs, or no task is missing, or the Idempotency-Key was used for another request'),
      422: {
        description: 'A parameter cannot be understood, or the server can no longer run what the job asked for',
        schema: invalidRequestSchema,
      },
      503: laterRefusal('The queue is full, or the server takes no jobs at the moment'),
    },
  },
];

/** Stops and repeats jobs. */
export function jobControlRoutes({ scheduler }: Pick<AppDependencies, 'scheduler'>) {
  return new Hono()
    .post('/jobs/:job_id/stop', async (c) => {
      const outcome = await scheduler.stopJob(c.req.param('job_id'));
      if (!outcome.stopping) throw new EvaldError(outcome.code, outcome.message);
      return c.json({ message: outcome.message } satisfies StopAnswer, 202);
    })
    .post('/jobs/:job_id/retry', async (c) => {
      const retried = c.req.param('job_id');
      const key = readIdempotencyKey(c.req);
      if (!key.ok) return c.json({ detail: key.detail }, 422);
      const read = readQuery(c.req, retryQuerySchema);
      if (!read.ok) return c.json({ detail: read.detail }, 422);
      const { missing } = read.request;
      const requestHash = hashOf({ retry_of: retried, missing });
      const { jobId, position, repeated } = await scheduler.retryJob(retried, {
        missing,
        idempotency: key.value === null ? null : { key: key.value, requestHash },
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
