import { z } from 'zod';

/** The answer to a cancellation that was done. */
export const cancelAnswerSchema = z.object({ message: z.string().describe('Job ID cancelled') });

export type CancelAnswer = z.infer<typeof cancelAnswerSchema>;
