import { Hono } from 'hono';
import { evaluateRequestSchema, evaluateWarnings } from '../../schemas/evaluateRequest.ts';
import { type SubmitAnswer, submitAnswerSchema } from '../../schemas/submitAnswer.ts';
import { limitBody, readBody } from '../body.ts';
import type { AppDependencies } from '../dependencies.ts';
import { bodyRefusals, laterRefusal, type Operation } from '../operation.ts';

export const evaluateOperations: Operation[] = [
  {
    method: 'post',
    path: '/evaluate',
    summary: 'Queue an evaluation',
    body: evaluateRequestSchema,
    answers: {
      200: { description: 'Queued, and kept from now on', schema: submitAnswerSchema },
      ...bodyRefusals,
      503: laterRefusal('The queue is full, or the server takes no jobs at the moment'),
    },
  },
];

/** Takes evaluations. */
export function evaluateRoutes({ scheduler }: Pick<AppDependencies, 'scheduler'>) {
  return new Hono().post('/evaluate', limitBody, async (c) => {
    const read = await readBody(c.req, evaluateRequestSchema);
    if (!read.ok) return c.json({ detail: read.detail }, 422);
    const warnings = evaluateWarnings(read.body, read.request);
    const { jobId, position } = await scheduler.addJob(read.request, warnings);
    const answer: SubmitAnswer = {
      job_id: jobId,
      status: 'queued',
      position_in_queue: position,
      message: `Job queued successfully. Position in queue: ${position}`,
      warnings,
    };
    return c.json(answer);
  });
}
