import { z } from 'zod';
import { failureKindSchema } from './outcome.ts';

/** Characters that are kept of why an attempt failed: of the last one all is in the outcome of its job. */
export const MOST_ERROR = 500;

/** An attempt that failed and is followed by another one, as it is kept: a run of its own. */
export const failedAttemptSchema = z.object({
  number: z.int().min(1).describe('Its place among the attempts of the job, or of the part, from 1'),
  part: z.int().min(1).optional().describe('Of a split job the number of the part'),
  kind: failureKindSchema,
  error: z.string().describe('Why it failed, in one line'),
  log: z.string().nullable().describe('Absolute path of its log; null: it was not prepared'),
  node: z.string().nullable().describe('Where it ran; null: nowhere yet, or not known'),
  endedAt: z.number().describe('Milliseconds since 1970'),
  next: z
    .object({
      at: z.number().describe('Milliseconds since 1970'),
      monotonic: z.number().describe("The same moment in the journal's own time, by which it is waited for"),
    })
    .describe('When the next one is to begin'),
});

export type FailedAttempt = z.infer<typeof failedAttemptSchema>;
