import { z } from 'zod';
import { lenient, readInteger } from '../submission/lenient.ts';
import { jsonValueSchema } from '../values/json.ts';

const badOffset = '`offset` should be an integer from 0';
const badLimit = '`limit` should be an integer from 1 to 1000';
const badFilter = '`filter` should be "wrong", or left out';

/** Which samples are wanted. */
export const samplesQuerySchema = z.object({
  offset: lenient(readInteger, z.int(badOffset).min(0, badOffset))
    .default(0)
    .describe('Samples to pass over, of those that the filter lets through'),
  limit: lenient(readInteger, z.int(badLimit).min(1, badLimit).max(1_000, badLimit))
    .default(100)
    .describe('Samples wanted at most'),
  filter: z
    .enum(['wrong'], badFilter)
    .optional()
    .describe(
      'wrong: only samples whose score is 0 or false. The score is `exact_match`, `acc`, `accuracy`, `is_correct`, `correct`, `score`, or else the first metric whose name ends in one of these; of an object the same is looked for in it (and `true_false`, `match_success`), or the answer that was read from the response (`parsed_pred`) is compared with the right one (`answer`), as MMMU does',
    ),
});

/** Stands for a sample that cannot be given as it is. */
const unshownSchema = z
  .object({
    evald_cut: z.object({
      reason: z.string().describe('Why it is not given: too long, no JSON'),
      bytes: z.int().describe('Length of its line'),
      text: z.string().describe('How its line begins'),
    }),
  })
  .describe('Stands for a sample that is too long or no JSON');

/** A page of the samples of one task. */
export const samplesPageSchema = z.object({
  task: z.string().describe('Name of the task'),
  partial: z.boolean().describe('True of a job that failed: samples that it had saved until then'),
  total: z.int().describe('Samples there are, after the filter'),
  offset: z.int().describe('Where the page begins'),
  samples: z
    .array(z.union([z.record(z.string(), jsonValueSchema), unshownSchema]))
    .describe(
      'Samples as the harness wrote them, in its order, numbers of any size too; one that is too long or no JSON is `evald_cut`',
    ),
  next_offset: z
    .int()
    .nullable()
    .describe('Where the next page begins; null at the end. A page of long samples may have fewer than `limit`'),
  undecided: z
    .int()
    .nullable()
    .describe('Samples of which no score tells whether they are wrong, all of them; null without the filter'),
});

export type SamplesQuery = z.infer<typeof samplesQuerySchema>;
export type SamplesPage = z.infer<typeof samplesPageSchema>;
