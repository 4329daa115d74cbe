import { z } from 'zod';
import { requestLimits, runLimits } from '../values/limits.ts';
import { shortText } from '../values/text.ts';
import { allowUnpairedSchema, comparisonQuerySchema, taskComparisonSchema } from './comparison.ts';

const badDrop = '`max_drop` should be a number from 0, in the unit of the score: 0.01';
const badTier = '`tier` should be one of "critical", "supporting", "advisory"';

/**
 * critical: a failure fails the gate, and where nothing can be said the gate says nothing. supporting: a failure fails it,
 * and no more. advisory: it is shown alone.
 */
export const tiers = ['critical', 'supporting', 'advisory'] as const;

/** What a task may lose. */
export const taskPolicySchema = z.strictObject({
  max_drop: z
    .number(badDrop)
    .min(0, badDrop)
    .describe('How much worse the candidate may be, in the unit of the score, in the direction that is bad for it'),
  tier: z
    .enum(tiers, badTier)
    .default('critical')
    .describe(
      'critical: a failure fails the gate, and without a verdict it is inconclusive; supporting: a failure fails it; advisory: shown alone',
    ),
  metric: shortText('metric', runLimits.name).min(1).optional().describe('Must be given where the task has several'),
  filter: shortText('filter', runLimits.name).min(1).optional().describe('Must be given where the metric has several'),
});

/** Whether a candidate may take the place of a baseline. */
export const gatePolicySchema = z.strictObject({
  tasks: z
    .record(z.string().min(1).max(requestLimits.task), taskPolicySchema)
    .refine((tasks) => Object.keys(tasks).length > 0, '`policy.tasks` should name one task at least')
    .refine((tasks) => Object.keys(tasks).length <= 1_000, '`policy.tasks` should name 1000 tasks at most')
    .meta({ minProperties: 1, maxProperties: 1_000 })
    .describe('task → what it may lose'),
});

export const gateRequestSchema = z.strictObject({
  baseline: comparisonQuerySchema.shape.a.describe('The job that is compared with'),
  candidate: comparisonQuerySchema.shape.b.describe('The job that is to take its place'),
  policy: gatePolicySchema.describe('What it may lose'),
  allow_unpaired: allowUnpairedSchema,
});

const verdict = z.enum(['pass', 'fail', 'inconclusive']);

export const gateAnswerSchema = z.object({
  verdict: verdict.describe('pass: exit 0; fail: exit 1; inconclusive: exit 3'),
  baseline: z.string().describe('Id of the job that was compared with'),
  candidate: z.string().describe('Id of the job that was judged'),
  tasks: z
    .array(
      z.object({
        task: z.string().describe('The task, as the policy names it'),
        ...{ metric: z.string().nullable().describe('The metric; null: the task is missing') },
        ...{ filter: z.string().nullable().describe('The filter; null: the task is missing') },
        tier: taskPolicySchema.shape.tier,
        max_drop: taskPolicySchema.shape.max_drop,
        verdict: verdict.describe(
          'pass: it lost less than `max_drop`, for sure; fail: it lost more, for sure; inconclusive: neither is sure',
        ),
        reason: z.string().describe('Why, in one sentence with the numbers'),
        comparison: taskComparisonSchema.nullable().describe('The comparison it goes by; null: the task is missing'),
      }),
    )
    .describe('In the order of the policy'),
});

export type TaskPolicy = z.infer<typeof taskPolicySchema>;
export type GatePolicy = z.infer<typeof gatePolicySchema>;
export type GateRequest = z.infer<typeof gateRequestSchema>;
export type GateAnswer = z.infer<typeof gateAnswerSchema>;
