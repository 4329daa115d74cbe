import { Hono } from 'hono';
import { type CancelAnswer, cancelAnswerSchema } from '../../schemas/cancelAnswer.ts';
import { EvaldError } from '../../schemas/errors.ts';
import { jobInfoSchema } from '../../schemas/job.ts';
import type { AppDependencies } from '../dependencies.ts';
import { laterRefusal, type Operation, refusal } from '../operation.ts';

const job = { path: '/jobs/{job_id}', parameters: { job_id: 'Id of the job' } };

export const jobsOperations: Operation[] = [
  {
    ...job,
    method: 'get',
    summary: 'Show a job: its state, its place in the queue, its results',
    answers: {
      200: { description: 'The job', schema: jobInfoSchema },
      404: refusal('No such job, or it is no longer kept'),
    },
  },
  {
    ...job,
    method: 'delete',
    summary: 'Cancel a queued job',
    answers: {
      200: { description: 'Cancelled; those behind it move up', schema: cancelAnswerSchema },
      400: refusal('It runs already, or has ended'),
      404: refusal('No such job, or it is no longer kept'),
      503: laterRefusal('The server changes nothing at the moment'),
    },
  },
];

/** Shows and cancels jobs. */
export function jobsRoutes({ scheduler }: Pick<AppDependencies, 'scheduler'>) {
  return new Hono()
    .get('/jobs/:job_id', (c) => {
      const jobId = c.req.param('job_id');
      const found = scheduler.getJobWithPosition(jobId);
      if (found === undefined) throw new EvaldError('jobNotFound', `Job ${jobId} not found`);
      return c.json(found);
    })
    .delete('/jobs/:job_id', async (c) => {
      const outcome = await scheduler.cancelJob(c.req.param('job_id'));
      if (!outcome.cancelled) throw new EvaldError(outcome.code, outcome.message);
      const answer: CancelAnswer = { message: outcome.message };
      return c.json(answer);
    });
}
