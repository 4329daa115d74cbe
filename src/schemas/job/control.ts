import { z } from 'zod';
import { lenient, readBoolean } from '../submission/lenient.ts';
import { submitAnswerSchema } from '../submission/submission.ts';

/** The answer to a stop that is under way. */
export const stopAnswerSchema = z.object({ message: z.string().describe('Job ID is being stopped') });

/** The query of a retry. */
export const retryQuerySchema = z.object({
  missing: lenient(readBoolean, z.boolean()).default(false).describe('Only the tasks that have no results'),
});

/** The answer to a retry: as to a submission, and whose request it repeats. */
export const retryAnswerSchema = submitAnswerSchema.extend({
  retry_of: z.string().describe('The job whose request is repeated'),
});

/** Whether jobs are started. */
export const pauseAnswerSchema = z.object({
  paused: z.boolean().describe('true: nothing is started until the queue is resumed; what runs goes on'),
});

export type StopAnswer = z.infer<typeof stopAnswerSchema>;
export type RetryAnswer = z.infer<typeof retryAnswerSchema>;
export type PauseAnswer = z.infer<typeof pauseAnswerSchema>;

/** The answer to a cancellation that was done. */
export const cancelAnswerSchema = z.object({ message: z.string().describe('Job ID cancelled') });

export type CancelAnswer = z.infer<typeof cancelAnswerSchema>;
