import { z } from 'zod';

/** The answer to an accepted evaluation. */
export const submitAnswerSchema = z.object({
  job_id: z.string().describe('Names the job from now on'),
  status: z.literal('queued').describe('Every job begins queued'),
  position_in_queue: z.int().describe('Jobs ahead of it in the queue, from 0; running ones are not counted'),
  message: z.string().describe('The same for people'),
  warnings: z.array(z.string()).describe('What was ignored or changed in the request'),
});

export type SubmitAnswer = z.infer<typeof submitAnswerSchema>;
