import { z } from 'zod';
import { shownNumberSchema } from '../results/exactNumber.ts';
import { lenient, readBoolean } from '../submission/lenient.ts';
import { requestLimits } from '../values/limits.ts';
import { shortText } from '../values/text.ts';
import { scoreSchema, scoresFilterFields } from './score.ts';

const badJob = (field: string) => `\`${field}\` should be the id of a job`;
const badAllow = '`allow_unpaired` should be true or false';

const jobId = (field: string) => shortText(field, requestLimits.jobId).min(1, badJob(field));

export const allowUnpairedSchema = lenient(readBoolean, z.boolean(badAllow))
  .default(false)
  .describe(
    'Whether there may be a verdict though fewer than 95 % of the samples of either run have a pair in the other',
  );

/** Two jobs, and which of their scores are compared. */
export const comparisonQuerySchema = z.object({
  a: jobId('a').describe('The job that is compared with: the baseline'),
  b: jobId('b').describe('The job that is compared: the candidate'),
  task: scoresFilterFields.task.describe('Only this task'),
  metric: scoresFilterFields.metric,
  filter: scoresFilterFields.filter,
  allow_unpaired: allowUnpairedSchema,
});

const { value, stderr, n } = scoreSchema.shape;
const sideScore = z.object({ value, stderr, n });

const sampleId = z.union([z.number(), z.string()]);

export const flipSchema = z.object({
  doc_id: sampleId.describe("The sample's name in the harness"),
  index_a: z.int().describe("Where it stands among the baseline's samples of the task, from 0: `offset` of /samples"),
  index_b: z.int().describe("Where it stands among the candidate's"),
  value_a: z.number().describe('What it scored in the baseline'),
  value_b: z.number().describe('What it scored in the candidate'),
});

export const comparisonVerdicts = ['better', 'worse', 'same', 'inconclusive'] as const;

const interval = z.tuple([z.number(), z.number()]);

/** One metric of one task by one filter, of two runs. Numbers are in the unit of the score; differences are candidate minus baseline. */
export const taskComparisonSchema = z.object({
  task: z.string().describe('The task'),
  metric: z.string().describe('The metric'),
  filter: z.string().describe('How answers were read before they were scored'),
  higher_is_better: scoreSchema.shape.higher_is_better,
  a: sideScore.describe("The baseline's score"),
  b: sideScore.describe("The candidate's score"),
  difference: shownNumberSchema
    .nullable()
    .describe(
      'Difference of the two scores as they were reported; null when one of them is not finite, or they are in two units',
    ),
  n_a: z.int().nullable().describe('Samples of the baseline that have a value; null when its samples were not read'),
  n_b: z.int().nullable().describe('Samples of the candidate that have a value'),
  n_paired: z.int().nullable().describe('Samples that have a value in both and are the same document'),
  missing: z
    .object({
      a: z
        .int()
        .describe(
          'Samples of the baseline without a value: not scored, or failed. They count as missing, not as wrong',
        ),
      b: z.int().describe('The same of the candidate'),
      bounds: interval
        .nullable()
        .describe(
          'Difference if all that is missing had been as bad, and as good, as it could; null: nothing is missing, or no range is known',
        ),
    })
    .nullable(),
  delta: z.number().nullable().describe('Mean difference over the pairs; null without a test'),
  stderr: z.number().nullable().describe('Its standard error, clustered where samples carry a cluster; null without'),
  interval: interval.nullable().describe('95 % interval of the mean difference'),
  bootstrap: interval
    .nullable()
    .describe('The same by bootstrap over documents or clusters; null unless `test` is permutation'),
  clusters: z.int().nullable().describe('Clusters of the pairs; null where samples carry none'),
  test: z.enum(['mcnemar', 'permutation']).nullable().describe('How `p_value` was computed; null: there is no test'),
  p_value: z.number().nullable().describe('How likely a difference at least as large is if there is none'),
  p_adjusted: z
    .number()
    .nullable()
    .describe(
      'The same when all tests of this answer are taken together (Holm): what the verdict goes by; null: there is no test, or too few samples are paired for a verdict',
    ),
  permutations: z.int().nullable().describe('Permutations drawn; null unless `test` is permutation'),
  detectable: z
    .number()
    .nullable()
    .describe(
      'The smallest true difference that such a comparison finds four times of five (80 % power, 5 % level); null without a standard error, or with one of 0',
    ),
  flips: z
    .object({
      better: z.int().describe('Pairs in which the candidate scored better'),
      worse: z.int().describe('Pairs in which it scored worse'),
      equal: z.int().describe('Pairs in which both scored the same'),
      samples: z.array(flipSchema).describe('The pairs that differ, the largest difference first, at most 200'),
    })
    .nullable()
    .describe('Null when samples cannot be paired'),
  verdict: z
    .enum(comparisonVerdicts)
    .nullable()
    .describe('Whether the candidate is better; `same`: no pair differs; null: it cannot be judged, `reason` says why'),
  reason: z.string().nullable().describe('Why there is no verdict, or why it is inconclusive; null when there is one'),
  warnings: z.array(z.string()).describe('What weakens it: other prompts, few clusters, failed answers'),
});

const side = z.object({
  job_id: scoreSchema.shape.job_id,
  imported: scoreSchema.shape.imported,
  model: scoreSchema.shape.model,
  checkpoint: scoreSchema.shape.checkpoint,
  run: scoreSchema.shape.run,
  step: scoreSchema.shape.step,
  completed_at: scoreSchema.shape.completed_at,
});

const jsonText = z.string().nullable();

/** Two runs, compared per task, metric and filter. */
export const comparisonSchema = z.object({
  a: side.describe('The baseline'),
  b: side.describe('The candidate'),
  configuration: z
    .array(
      z.object({
        task: z.string().nullable().describe('The task that it is of; null: of all'),
        field: z
          .string()
          .describe(
            'model, harness, harness_version, git_hash, chat_template, system_instruction, gen_kwargs, seed, num_gpus, batch_size, limit, `model_args.` and a name in it; of a task task_version, num_fewshot, gen_kwargs',
          ),
        a: jsonText.describe("The baseline's, as text; null: none"),
        b: jsonText.describe("The candidate's"),
      }),
    )
    .describe('What differs in how they were made; what is the same is left out'),
  comparisons: z.array(taskComparisonSchema).describe('One for each score that both have'),
  groups: z
    .array(z.object({ group: z.string().describe('The group'), members: z.array(z.string()).describe('Its tasks') }))
    .describe('Groups that both have: their members are compared, not they'),
  only_a: z.array(z.string()).describe('Scores that the baseline alone has: task, metric and filter, with commas'),
  only_b: z.array(z.string()).describe('Scores that the candidate alone has'),
  warnings: z.array(z.string()).describe('What holds for all of them'),
});

export type ComparisonQuery = z.infer<typeof comparisonQuerySchema>;
export type Flip = z.infer<typeof flipSchema>;
export type TaskComparison = z.infer<typeof taskComparisonSchema>;
export type Comparison = z.infer<typeof comparisonSchema>;
