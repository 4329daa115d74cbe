import { z } from 'zod';
import { jobStatusSchema } from './job.ts';

/** The answer to an accepted evaluation. */
export const submitAnswerSchema = z.object({
  job_id: z.string().describe('Names the job from now on'),
  status: jobStatusSchema.describe('queued; the current state when the Idempotency-Key was known'),
  position_in_queue: z
    .int()
    .nullable()
    .describe('Jobs ahead of it in the queue, from 0; running ones are not counted. Null when it no longer waits'),
  message: z.string().describe('The same for people'),
  warnings: z.array(z.string()).describe('What was ignored or changed in the request'),
});

export type SubmitAnswer = z.infer<typeof submitAnswerSchema>;
