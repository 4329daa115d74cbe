import { Hono } from 'hono';
import { EvaldError } from '../../schemas/errors/errors.ts';
import { type CancelAnswer, cancelAnswerSchema } from '../../schemas/job/control.ts';
import { type JobInfo, jobInfoSchema } from '../../schemas/job/job.ts';
import {
  type JobList,
  jobListSchema,
  jobQuerySchema,
  jobsQuerySchema,
  writeCursor,
} from '../../schemas/job/jobList.ts';
import { jobPath } from '../../schemas/server/paths.ts';
import { reprioritiseRequestSchema } from '../../schemas/submission/jobOptions.ts';
import { readBody } from '../body.ts';
import type { AppDependencies } from '../dependencies.ts';
import { jobFilter } from '../jobFilter.ts';
import { requireOwn } from '../middleware/authorize.ts';
import type { CallerEnv } from '../middleware/caller.ts';
import type { Acquire } from '../middleware/concurrencyLimit.ts';
import { bodyRefusals, laterRefusal, noJob, type Operation, queryRefusal, refusal } from '../operation.ts';
import { readQuery } from '../query.ts';

const job = { path: '/jobs/{job_id}', parameters: jobPath };

export const jobsOperations: Operation[] = [
  {
    id: 'listJobs',
    tag: 'jobs',
    method: 'get',
    role: 'read',
    path: '/jobs',
    query: jobsQuerySchema,
    summary: 'List the jobs that are kept, a page at a time; pages do not move while jobs arrive',
    answers: { 200: { description: 'A page', schema: jobListSchema }, ...queryRefusal },
  },
  {
    id: 'showJob',
    tag: 'jobs',
    ...job,
    method: 'get',
    role: 'read',
    query: jobQuerySchema,
    summary: 'Show a job: its state, its place in the queue, its results',
    answers: {
      200: { description: 'The job', schema: jobInfoSchema },
      404: noJob,
      ...queryRefusal,
      503: laterRefusal(
        'It was to be waited for, and too many wait already',
        'Too many requests wait already; ask again in a while',
      ),
    },
  },
  {
    id: 'reprioritiseJob',
    tag: 'jobs',
    ...job,
    method: 'patch',
    role: 'submit',
    summary: 'Change the priority of a queued job; within the new one it stands where it came',
    body: reprioritiseRequestSchema,
    answers: {
      200: { description: 'The job, where it waits now', schema: jobInfoSchema },
      404: noJob,
      409: refusal(
        'It runs already, or has ended',
        'Job 3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55 is running: only the priority of a job that waits can be changed',
      ),
      ...bodyRefusals,
      503: laterRefusal('The server changes nothing at the moment', 'The server is shutting down'),
    },
  },
  {
    id: 'cancelJob',
    tag: 'jobs',
    ...job,
    method: 'delete',
    role: 'submit',
    summary: 'Cancel a queued job',
    answers: {
      200: { description: 'Cancelled; those behind it move up', schema: cancelAnswerSchema },
      400: refusal(
        'It runs already, or has ended',
        'Cannot cancel a running job: POST /jobs/3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55/stop ends it',
      ),
      404: noJob,
      503: laterRefusal('The server changes nothing at the moment', 'The server is shutting down'),
    },
  },
];

type Dependencies = Pick<AppDependencies, 'scheduler' | 'jobEnds'> & { acquire: Acquire };

/** Lists, shows and cancels jobs. */
export function jobsRoutes({ scheduler, jobEnds, acquire }: Dependencies) {
  const find = (jobId: string): JobInfo => {
    const found = scheduler.getJobWithPosition(jobId);
    if (found === undefined) throw notFound(jobId);
    return found;
  };
  return new Hono<CallerEnv>()
    .get('/jobs', async (c) => {
      const read = readQuery(c.req, jobsQuerySchema);
      if (!read.ok) return c.json({ detail: read.detail }, 422);
      const { order, limit, cursor = null, ...filter } = read.request;
      const { jobs, next } = await scheduler.searchJobs({ filter: jobFilter(filter), order, limit, cursor });
      const next_cursor = next === null ? null : writeCursor(next);
      return c.json({ jobs, next_cursor, warnings: read.warnings } satisfies JobList);
    })
    .get('/jobs/:job_id', async (c) => {
      const jobId = c.req.param('job_id');
      const read = readQuery(c.req, jobQuerySchema);
      if (!read.ok) return c.json({ detail: read.detail }, 422);
      if (read.request.wait > 0 && find(jobId).completed_at === null) {
        const release = acquire(c);
        await jobEnds.wait(jobId, read.request.wait * 1_000, c.req.raw.signal).finally(release);
      }
      return c.json(find(jobId));
    })
    .patch('/jobs/:job_id', async (c) => {
      const jobId = c.req.param('job_id');
      const caller = c.get('caller');
      const read = await readBody(c.req, reprioritiseRequestSchema);
      if (!read.ok) return c.json({ detail: read.detail }, 422);
      requireOwn(caller, () => find(jobId), 'change its priority');
      await scheduler.reprioritiseJob(jobId, read.request.priority, caller.name);
      return c.json(find(jobId));
    })
    .delete('/jobs/:job_id', async (c) => {
      const jobId = c.req.param('job_id');
      const caller = c.get('caller');
      requireOwn(caller, () => find(jobId), 'cancel it');
      await scheduler.cancelJob(jobId, caller.name);
      return c.json({ message: `Job ${jobId} cancelled` } satisfies CancelAnswer);
    });
}

const notFound = (jobId: string) => new EvaldError('jobNotFound', `Job ${jobId} not found`);
