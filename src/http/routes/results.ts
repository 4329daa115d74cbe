import { Hono } from 'hono';
import { jobResultsSchema } from '../../schemas/results/jobResults.ts';
import { samplesPageSchema, samplesQuerySchema } from '../../schemas/results/samplesPage.ts';
import { jobPath, samplesPath } from '../../schemas/server/paths.ts';
import type { AppDependencies } from '../dependencies.ts';
import { findJobWithResults, findRepeated } from '../findJob.ts';
import { type Operation, queryRefusal, refusal } from '../operation.ts';
import { readQuery } from '../query.ts';

const refusals: Operation['answers'] = {
  409: refusal(
    'The job has not ended yet',
    'Job 3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55 has not ended yet: it is running',
  ),
  500: refusal(
    'The file is there, and is not what the run wrote',
    'The results cannot be read any more: Unexpected end of JSON input',
  ),
};

export const resultsOperations: Operation[] = [
  {
    id: 'showResults',
    tag: 'results',
    method: 'get',
    role: 'read',
    path: '/jobs/{job_id}/results',
    summary:
      'Show the numbers of a job, and what they were made by; of a failed one those it had measured, marked as partial',
    parameters: jobPath,
    answers: {
      200: { description: 'The numbers, read from the results files', schema: jobResultsSchema },
      404: refusal(
        'No such job; or it ended without results, or they were deleted: the detail says which',
        'Job 3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55 has no results: it is failed (exited)',
      ),
      ...refusals,
    },
  },
  {
    id: 'listSamples',
    tag: 'results',
    method: 'get',
    role: 'read',
    path: '/jobs/{job_id}/samples/{task}',
    summary: 'Page through the samples of one task of a job that has results',
    parameters: samplesPath,
    query: samplesQuerySchema,
    answers: {
      200: { description: 'A page', schema: samplesPageSchema },
      404: refusal(
        'No such job, or it has no samples of the task (see log_samples), or they were deleted',
        'Job 3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55 has no samples of mmlu',
      ),
      ...queryRefusal,
      ...refusals,
    },
  },
];

/** Shows what jobs have found. */
export function resultsRoutes({
  scheduler,
  output,
  redactorOf,
}: Pick<AppDependencies, 'scheduler' | 'output' | 'redactorOf'>) {
  // Files are redacted when their run has ended. Here are those that could not be, and that others have changed since.
  return new Hono()
    .get('/jobs/:job_id/results', async (c) => {
      const job = findJobWithResults(scheduler, c.req.param('job_id'));
      return c.json(await output.results(job, findRepeated(scheduler, job), redactorOf(job.job_id)));
    })
    .get('/jobs/:job_id/samples/:task', async (c) => {
      const query = readQuery(c.req, samplesQuerySchema);
      if (!query.ok) return c.json({ detail: query.detail }, 422);
      const job = findJobWithResults(scheduler, c.req.param('job_id'));
      return c.json(await output.samples(job, c.req.param('task'), query.request, redactorOf(job.job_id)));
    });
}
