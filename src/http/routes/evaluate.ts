import { Hono } from 'hono';
import { idempotencyHeader } from '../../schemas/server/headers.ts';
import { type DryRunAnswer, evaluateAnswerSchema, submitQuerySchema } from '../../schemas/submission/dryRun.ts';
import { type SubmitAnswer, submissionSchema, submissionWarnings } from '../../schemas/submission/submission.ts';
import { readBody } from '../body.ts';
import type { AppDependencies } from '../dependencies.ts';
import { hashSubmission, readIdempotencyKey } from '../idempotency.ts';
import { type CallerEnv, clientOf } from '../middleware/caller.ts';
import { bodyRefusals, laterRefusal, notAllowed, type Operation, refusal, tooOften } from '../operation.ts';
import { readQuery } from '../query.ts';
import { acceptSubmission } from '../submission.ts';

export const evaluateOperations: Operation[] = [
  {
    id: 'submitJob',
    tag: 'jobs',
    method: 'post',
    role: 'submit',
    path: '/evaluate',
    startsWork: true,
    summary: 'Queue an evaluation, or say what would come of it',
    query: submitQuerySchema,
    headers: idempotencyHeader,
    body: submissionSchema,
    answers: {
      200: {
        description: 'Queued, and kept from now on; with dry_run what would come of it',
        schema: evaluateAnswerSchema,
      },
      403: notAllowed,
      409: refusal(
        'The Idempotency-Key was used for another request',
        'This Idempotency-Key was used for another request. Use a new key for a new evaluation.',
      ),
      ...bodyRefusals,
      429: tooOften,
      503: laterRefusal(
        'The queue is full, or the server takes no jobs at the moment',
        'The queue is full: 100000 jobs wait (--max-queue). Try again later.',
      ),
    },
  },
];

/** Takes evaluations. */
export function evaluateRoutes({
  scheduler,
  targetRefusal,
  hashKey,
}: Pick<AppDependencies, 'scheduler' | 'targetRefusal' | 'hashKey'>) {
  return new Hono<CallerEnv>().post('/evaluate', async (c) => {
    const key = readIdempotencyKey(c.req);
    if (!key.ok) return c.json({ detail: key.detail }, 422);
    const query = readQuery(c.req, submitQuerySchema);
    if (!query.ok) return c.json({ detail: query.detail }, 422);
    const read = await readBody(c.req, submissionSchema);
    if (!read.ok) return c.json({ detail: read.detail }, 422);
    const accepted = acceptSubmission(read.request, targetRefusal);
    if (!accepted.ok) return c.json({ detail: accepted.detail }, 422);
    const { submission } = accepted;
    const warnings = submissionWarnings(read.body, submission);
    const idempotency =
      key.value === null ? null : { key: key.value, requestHash: hashSubmission(submission, hashKey) };
    const { options } = submission;
    const { name: who, secrets } = c.get('caller');
    const details = { warnings, idempotency, options, who, secrets, client: clientOf(c) };
    if (query.request.dry_run) {
      const tried = await scheduler.dryRunJob(submission.request, details);
      return c.json({ ...tried, warnings: [...tried.warnings, ...query.warnings] } satisfies DryRunAnswer);
    }
    const added = await scheduler.addJob(submission.request, details);
    const { jobId, position, repeated } = added;
    const status = repeated ? (scheduler.getJobWithPosition(jobId)?.status ?? 'queued') : 'queued';
    const answer: SubmitAnswer = {
      job_id: jobId,
      status,
      position_in_queue: position,
      message: repeated
        ? `Job was submitted before with this Idempotency-Key. It is ${status}`
        : `Job queued successfully. Position in queue: ${position}`,
      warnings: [...added.warnings, ...query.warnings],
    };
    return c.json(answer);
  });
}
