import { z } from 'zod';
import { labelsSchema } from '../submission/jobOptions.ts';
import { requestLimits } from '../values/limits.ts';
import { plainText, shortText } from '../values/text.ts';

const badDir = '`dir` should be an absolute path of a folder on the server, without control characters';

/** Earlier runs that are to be part of the record. */
export const importRequestSchema = z.strictObject({
  dir: shortText('dir', requestLimits.path)
    .regex(/^\//, badDir)
    .regex(plainText, badDir)
    .describe('Folder on the server that has results of lmms-eval or lm-eval, in it or below'),
  labels: labelsSchema.default({}).describe('Labels for all of them'),
});

export const importAnswerSchema = z.object({
  imported: z
    .array(
      z.object({
        job_id: z.string().describe('The job that it is now: completed, and marked as imported'),
        file: z.string().describe('Its results file'),
        harness: z.string().describe('What wrote it: lmms-eval, lm-eval'),
        model: z.string().describe('The model as the file names it'),
        tasks: z.array(z.string()).describe('The tasks it has scores of'),
      }),
    )
    .describe('What was imported, the oldest first'),
  skipped: z
    .array(
      z.object({
        file: z.string().describe('A results file'),
        reason: z.string().describe('Why it was not imported: imported before, or what is wrong with it'),
      }),
    )
    .describe('What was not'),
});

export type ImportRequest = z.infer<typeof importRequestSchema>;
export type ImportAnswer = z.infer<typeof importAnswerSchema>;
