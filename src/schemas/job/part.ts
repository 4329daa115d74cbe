import { z } from 'zod';
import { failureKindSchema, outcomeSchema } from './outcome.ts';

/** Parts that a job may have at most: what is on record of them is written again at the end of each. */
export const MOST_PARTS = 256;

/** Characters of the name of a task that the name of a folder has at most. */
const MOST_CHARACTERS = 80;

/** A part that has ended, as it is kept: one task of a split job, in a run of its own. */
export const endedPartSchema = z.object({
  number: z.int().min(1).describe('Its place among the tasks of the request, from 1'),
  task: z.string().describe('The task'),
  status: z.enum(['completed', 'failed']).describe('How its run ended'),
  kind: failureKindSchema.nullable().describe('The kind of failure; null of one that completed'),
  error: z.string().nullable().describe('Why it failed, in one line; null of one that completed'),
  log: z.string().nullable().describe('Absolute path of the log; null: it was not prepared'),
  endedAt: z.number().describe('Milliseconds since 1970'),
  ran: z.number().describe("Milliseconds that its run has taken of the job's time limit"),
  outcome: outcomeSchema
    .optional()
    .describe(
      'How its run ended, and what it measured; absent once the job has ended: the outcome of that has all of it',
    ),
});

export type EndedPart = z.infer<typeof endedPartSchema>;

/** Name of the folder of a part in that of its job: what a task may be called, a folder may not. */
export function partFolder(number: number, task: string): string {
  return `${number}_${task.replaceAll(/[^\w.-]/g, '_').slice(0, MOST_CHARACTERS)}`;
}
