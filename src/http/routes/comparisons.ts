import { type Context, Hono } from 'hono';
import { EvaldError } from '../../schemas/errors/errors.ts';
import { comparisonQuerySchema, comparisonSchema } from '../../schemas/scores/comparison.ts';
import { gateAnswerSchema, gateRequestSchema } from '../../schemas/scores/gate.ts';
import { readBody } from '../body.ts';
import type { AppDependencies } from '../dependencies.ts';
import { findCompletedJob, findRepeated } from '../findJob.ts';
import type { CallerEnv } from '../middleware/caller.ts';
import { createConcurrencyLimit } from '../middleware/concurrencyLimit.ts';
import { bodyRefusals, laterRefusal, type Operation, queryRefusal, refusal } from '../operation.ts';
import { readQuery } from '../query.ts';

const id = '3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55';

const refusals: Operation['answers'] = {
  404: refusal(
    'No such job, or it is no longer kept; or neither has a score of what was asked for',
    `Job ${id} not found; of one that is no longer kept GET /scores has the scores, but nothing has its samples`,
  ),
  409: refusal(
    'A job has not ended yet, or it did not complete: what it had measured is not the whole of what was asked',
    `Job ${id} has not ended yet: it is running. GET /jobs/${id}?wait=60 waits for its end.`,
  ),
  500: refusal(
    'The samples could not be read in the time or the memory that a comparison may take',
    `The samples of ${id} and ${id} could not be read in 240 s; fewer are read when a task is named`,
  ),
  503: laterRefusal(
    'As many are compared as can be at a time, or the server is short of something',
    '4 comparisons are open; no more can be. Try again later.',
  ),
};

export const comparisonsOperations: Operation[] = [
  {
    id: 'compareJobs',
    tag: 'results',
    method: 'get',
    role: 'read',
    path: '/compare',
    summary: 'Compare two completed jobs sample by sample: whether the candidate is better, or why that cannot be said',
    query: comparisonQuerySchema,
    answers: {
      200: { description: 'A comparison of each score that both have', schema: comparisonSchema },
      ...queryRefusal,
      ...refusals,
    },
  },
  {
    id: 'gateJob',
    tag: 'results',
    method: 'post',
    // It changes nothing: a policy is too large for a query.
    role: 'read',
    path: '/gate',
    summary: 'Judge by a policy whether a job may take the place of another one: pass, fail, or inconclusive',
    body: gateRequestSchema,
    answers: {
      200: { description: 'The verdict, and that on each task', schema: gateAnswerSchema },
      ...bodyRefusals,
      ...refusals,
    },
  },
];

/** Comparisons under way or waiting, of all clients and of one: each may take minutes of a processor. */
const LIMITS = { most: 8, share: 4 };

type Dependencies = Pick<AppDependencies, 'scheduler' | 'comparisons' | 'redactorOf' | 'closing'>;

/** Compares jobs. What a client does not wait for any more is ended. */
export function comparisonsRoutes({ scheduler, comparisons, redactorOf, closing }: Dependencies) {
  const acquire = createConcurrencyLimit(LIMITS, 'comparisons');
  const find = (jobId: string) => {
    const job = findCompletedJob(scheduler, jobId);
    return { job, repeated: findRepeated(scheduler, job), redactor: redactorOf(jobId) };
  };
  /** Answers with what comes of the work; where it was ended no client is left to answer, or the server ends. */
  const answer = async <T extends object>(c: Context<CallerEnv>, work: (signal: AbortSignal) => Promise<T>) => {
    const release = acquire(c);
    const left = c.req.raw.signal;
    try {
      return c.json(await work(AbortSignal.any([left, closing])));
    } catch (error) {
      if (left.aborted) return c.json({ detail: 'The client has gone' }, 400);
      if (closing.aborted) throw new EvaldError('comparisonUnavailable', 'The server is closing');
      throw error;
    } finally {
      release();
    }
  };
  return new Hono<CallerEnv>()
    .get('/compare', async (c) => {
      const read = readQuery(c.req, comparisonQuerySchema);
      if (!read.ok) return c.json({ detail: read.detail }, 422);
      const [a, b] = [find(read.request.a), find(read.request.b)];
      return answer(c, (signal) => comparisons.compare(a, b, read.request, signal));
    })
    .post('/gate', async (c) => {
      const read = await readBody(c.req, gateRequestSchema);
      if (!read.ok) return c.json({ detail: read.detail }, 422);
      const [a, b] = [find(read.request.baseline), find(read.request.candidate)];
      return answer(c, (signal) => comparisons.gate(a, b, read.request, signal));
    });
}
