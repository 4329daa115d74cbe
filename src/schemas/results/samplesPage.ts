import { z } from 'zod';
import { lenient, readInteger } from '../submission/lenient.ts';
import { jsonValueSchema } from '../values/json.ts';

const badOffset = '`offset` should be an integer from 0';
const badLimit = '`limit` should be an integer from 1 to 1000';
/** Which samples there can be asked for. */
export const samplesFilters = ['all', 'right', 'wrong', 'undecided', 'empty', 'failed'] as const;

const badFilter = `\`filter\` should be one of ${samplesFilters.map((name) => `"${name}"`).join(', ')}, or left out`;

/** Which samples are wanted. */
export const samplesQuerySchema = z.object({
  offset: lenient(readInteger, z.int(badOffset).min(0, badOffset))
    .default(0)
    .describe('Samples to pass over, of those that the filter lets through'),
  limit: lenient(readInteger, z.int(badLimit).min(1, badLimit).max(1_000, badLimit))
    .default(100)
    .describe('Samples wanted at most'),
  filter: z
    .enum(samplesFilters, badFilter)
    .optional()
    .describe(
      'all: every sample, with `counts` and `marks`. empty, failed: those whose answer is empty; whose answer, or its judgement, failed. right, wrong: those whose score is another number than 0, or true; is 0 or false. undecided: those of which no score says so. The score is `exact_match`, `acc`, `accuracy`, `is_correct`, `correct`, `score`, or else the first metric whose name ends in one of these; of an object the same is looked for in it (and `true_false`, `match_success`), or the answer that was read from the response (`parsed_pred`) is compared with the right one (`answer`), as MMMU does',
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

const samplesCount = z.int();

/** Samples of a task by what became of them. */
export const samplesCountsSchema = z.object({
  right: samplesCount.describe('Samples whose score says that they are right'),
  wrong: samplesCount.describe('Samples whose score says that they are wrong'),
  undecided: samplesCount.describe('Samples of which no score says whether they are right'),
  empty: samplesCount.describe('Samples whose answer is empty, whatever their score'),
  failed: samplesCount.describe('Samples whose answer, or its judgement, failed, whatever their score'),
});

/** What is known of one sample beside what the harness wrote. */
export const sampleMarkSchema = z.object({
  index: z.int().describe('Where it stands in the file of its task, from 0'),
  verdict: z.enum(['right', 'wrong', 'undecided']).describe('What its score says'),
  answer: z.enum(['answered', 'empty', 'failed']).describe('What became of its answer'),
});

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
  counts: samplesCountsSchema.nullable().describe('Of all samples of the task; null without the filter'),
  marks: z
    .array(sampleMarkSchema)
    .nullable()
    .describe('Of each sample of the page, in its order; null without the filter'),
});

export type SamplesQuery = z.infer<typeof samplesQuerySchema>;
export type SampleMark = z.infer<typeof sampleMarkSchema>;
export type SamplesPage = z.infer<typeof samplesPageSchema>;
