import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { readRequest } from '../../schemas/errors/issues.ts';
import {
  type CheckpointHook,
  type CheckpointHookAnswer,
  checkpointHookAnswerSchema,
  checkpointHookSchema,
} from '../../schemas/hooks/checkpointHook.ts';
import { fillTemplate } from '../../schemas/hooks/hookTemplate.ts';
import type { JobInfo } from '../../schemas/job/job.ts';
import { jobQuerySchema } from '../../schemas/job/jobList.ts';
import { jobPath } from '../../schemas/server/paths.ts';
import { submissionSchema, submissionWarnings } from '../../schemas/submission/submission.ts';
import { readBody } from '../body.ts';
import type { AppDependencies } from '../dependencies.ts';
import { findJob } from '../findJob.ts';
import { hashSubmission } from '../idempotency.ts';
import { type CallerEnv, clientOf } from '../middleware/caller.ts';
import type { Acquire } from '../middleware/concurrencyLimit.ts';
import {
  bodyRefusals,
  laterRefusal,
  noJob,
  notAllowed,
  type Operation,
  queryRefusal,
  refusal,
  tooOften,
} from '../operation.ts';
import { readQuery } from '../query.ts';
import { acceptSubmission } from '../submission.ts';

const NO_TEMPLATE = 'This server evaluates no checkpoint by itself: it was started without --hook-template';

export const hooksOperations: Operation[] = [
  {
    id: 'hookCheckpoint',
    tag: 'jobs',
    method: 'post',
    role: 'submit',
    path: '/hooks/checkpoint',
    startsWork: true,
    summary:
      'Evaluate a checkpoint that a training loop has written, as the template of the server says; once, however often it is sent',
    query: jobQuerySchema,
    body: checkpointHookSchema,
    answers: {
      200: { description: 'Its job, as it is then', schema: checkpointHookAnswerSchema },
      403: notAllowed,
      404: refusal('The server has no template (--hook-template)', NO_TEMPLATE),
      ...bodyRefusals,
      429: tooOften,
      503: laterRefusal(
        'The queue is full, the server takes no jobs at the moment, or too many requests wait',
        'The queue is full: 100000 jobs wait (--max-queue). Try again later.',
      ),
    },
  },
  {
    id: 'pollHook',
    tag: 'jobs',
    method: 'get',
    role: 'read',
    path: '/hooks/checkpoint/{job_id}',
    parameters: jobPath,
    query: jobQuerySchema,
    summary: 'Ask what became of the evaluation of a checkpoint',
    answers: {
      200: { description: 'The job, and its metrics when it has completed', schema: checkpointHookAnswerSchema },
      404: noJob,
      ...queryRefusal,
      503: laterRefusal('Too many requests wait already', 'Too many requests wait already; ask again in a while'),
    },
  },
];

type Dependencies = Pick<
  AppDependencies,
  'scheduler' | 'jobEnds' | 'targetRefusal' | 'hashKey' | 'hookTemplate' | 'checkpointVersion'
> & {
  acquire: Acquire;
};

/** Takes hooks of training loops, in the shape of axolotl's plugin for benchmarks. */
export function hooksRoutes(dependencies: Dependencies) {
  const { scheduler, jobEnds, targetRefusal, hashKey, hookTemplate, acquire } = dependencies;
  const shown = (jobId: string): CheckpointHookAnswer => answerOf(findJob(scheduler, jobId));
  const waited = async (c: Parameters<Acquire>[0], jobId: string, seconds: number): Promise<CheckpointHookAnswer> => {
    if (seconds > 0 && findJob(scheduler, jobId).completed_at === null) {
      const release = acquire(c);
      await jobEnds.wait(jobId, seconds * 1_000, c.req.raw.signal).finally(release);
    }
    return shown(jobId);
  };
  return new Hono<CallerEnv>()
    .post('/hooks/checkpoint', async (c) => {
      if (hookTemplate === null) return c.json({ detail: NO_TEMPLATE }, 404);
      const query = readQuery(c.req, jobQuerySchema);
      if (!query.ok) return c.json({ detail: query.detail }, 422);
      const hook = await readBody(c.req, checkpointHookSchema);
      if (!hook.ok) return c.json({ detail: hook.detail }, 422);
      const filled = fillTemplate(hookTemplate, hook.request);
      // What was put in may be too long, or of a look that its field does not take.
      const read = readRequest(submissionSchema, filled);
      if (!read.ok) return c.json({ detail: read.detail }, 422);
      const accepted = acceptSubmission(read.request, targetRefusal);
      if (!accepted.ok) return c.json({ detail: accepted.detail }, 422);
      const { submission } = accepted;
      const requestHash = hashSubmission(submission, hashKey);
      const caller = c.get('caller');
      const version = await dependencies.checkpointVersion(hook.request.checkpoint_dir);
      const { jobId } = await scheduler.addJob(submission.request, {
        warnings: submissionWarnings(filled, submission),
        idempotency: { key: keyOf(hook.request, requestHash, version), requestHash },
        options: submission.options,
        who: caller.name,
        secrets: caller.secrets,
        client: clientOf(c),
      });
      return c.json(await waited(c, jobId, query.request.wait));
    })
    .get('/hooks/checkpoint/:job_id', async (c) => {
      const query = readQuery(c.req, jobQuerySchema);
      if (!query.ok) return c.json({ detail: query.detail }, 422);
      return c.json(await waited(c, c.req.param('job_id'), query.request.wait));
    });
}

/**
 * The same for two hooks that ask for the same evaluation of the same checkpoint. One that was written anew, by a training run that was
 * begun again in its folder, is another: it must not be answered the numbers of the one before.
 */
function keyOf({ checkpoint_dir: folder, step }: CheckpointHook, requestHash: string, version: string | null): string {
  const hash = createHash('sha256').update(JSON.stringify([folder, step, requestHash, version]));
  return `hook:${hash.digest('hex')}`;
}

function answerOf({ job_id, status, metrics, error }: JobInfo): CheckpointHookAnswer {
  const scores = Object.entries(status === 'completed' ? (metrics ?? {}) : {}).flatMap(([task, ofTask]) =>
    Object.entries(ofTask).flatMap(([metric, { value }]) =>
      typeof value === 'number' && Number.isFinite(value) ? [[`eval/${task}/${metric}`, value] as const] : [],
    ),
  );
  return { job_id, status, metrics: Object.fromEntries(scores), error };
}
