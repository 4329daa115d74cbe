import { z } from 'zod';
import { exactNumberSchema, shownNumber, shownNumberSchema } from '../results/exactNumber.ts';
import { splitMetricName } from '../results/metricName.ts';
import { provenanceSchema } from './provenance.ts';

const count = z.int().nonnegative().nullable();

const value = 'The score as the harness wrote it, of any size; null when it wrote NaN or infinity';
const stderr = 'Standard error of the score, in the same unit; null when unknown';
const stderrClt =
  'Standard error of the mean over samples (by the central limit theorem), in units of a sample, which may not be those of the score; null when unknown';
const stderrClustered = 'The same where samples come in clusters, such as questions about one video; null when unknown';
const failedOf =
  'Those of them whose answer, or its judgement, failed and was scored all the same; null when that cannot be known';
const emptyOf = 'Those of them whose answer was empty; null when that cannot be known';
const unscoredOf =
  'Samples of the task that do not carry the metric: it is not of them; null when that cannot be known';
const filterOf = 'How answers were read before they were scored; `none` where they were not';

const common = {
  higher_is_better: z.boolean().nullable().describe('Direction of the metric; null when the harness does not say'),
  n: count.describe('Samples that carry the metric, of which it was computed; null when that cannot be known'),
};

const kept = z.union([z.number(), exactNumberSchema]).nullable();

/** One metric of one task, as it is kept: what a double cannot hold as text. Old journals have no more than the first four. */
export const metricSchema = z.object({
  value: kept.describe(value),
  stderr: kept.describe(stderr),
  ...common,
  stderr_clt: kept.optional().describe(stderrClt),
  stderr_clustered: kept.optional().describe(stderrClustered),
  n_failed: count.optional().describe(failedOf),
  n_empty: count.optional().describe(emptyOf),
  n_unscored: count.optional().describe(unscoredOf),
  filter: z.string().optional().describe(filterOf),
});

const shown = shownNumberSchema.nullable();

/** One metric of one task, as it is shown: every number as the harness wrote it. */
export const shownMetricSchema = z.object({
  value: shown.describe(value),
  stderr: shown.describe(stderr),
  ...common,
  stderr_clt: shown.describe(stderrClt),
  stderr_clustered: shown.describe(stderrClustered),
  n_failed: count.describe(failedOf),
  n_empty: count.describe(emptyOf),
  n_unscored: count.describe(unscoredOf),
  filter: z.string().describe(filterOf),
});

const metricsOf = <T extends z.ZodType>(metric: T) => z.record(z.string(), z.record(z.string(), metric));

/** task → metric → numbers. A filter other than `none` is part of the metric's name: `exact_match,strict`. */
export const metricsSchema = metricsOf(metricSchema);
export const shownMetricsSchema = metricsOf(shownMetricSchema);

/** What became of the answers to a task, one a sample: they are answered, empty or failed. */
export const answersSchema = z.object({
  answered: count.describe('Samples with an answer of the model; null when unknown'),
  empty: count.describe('Samples with an empty answer; null when unknown'),
  failed: count.describe('Samples whose answer, or its judgement, failed; null when unknown'),
  cached: count.describe("Samples whose answer is from the harness's cache of an earlier run; null when unknown"),
});

export const taskAnswersSchema = z.record(z.string(), answersSchema);

/** model dir → paths of the files this run wrote; the shape of the original server. */
export const resultSchema = z.record(
  z.string(),
  z.object({
    results: z.string().describe('Path of the results file'),
    samples: z.array(z.string()).describe('Paths of the samples files'),
  }),
);

const logTail = {
  log: z.string().describe('Path of the log; empty when it ended before it had one'),
  tail: z.array(z.string()).describe('Last lines of the log, cleaned of colours and overwritten progress frames'),
};

const engineReason = {
  reason: z.string().optional().describe('Why the engine that ran it ended it; absent when it ended by itself'),
};

const endedByEngine = {
  reason: z.string().describe('What has ended it, as its engine or the kernel has it'),
  ...logTail,
};

/** What a failed run had measured: numbers of its own, of which a failure says that they are not the whole. */
const partialResults = z.object({
  result: resultSchema,
  metrics: metricsSchema,
  answers: taskAnswersSchema.optional(),
  provenance: provenanceSchema.optional().describe('What made the numbers; absent in old journals'),
  warnings: z.array(z.string()),
  doubted: z
    .array(z.string())
    .optional()
    .describe('Tasks of the request whose numbers are of too few answers or of other samples; absent: none'),
});

const failed = {
  status: z.literal('failed'),
  cause: z.string().optional().describe('The innermost reason in one line; absent where none is known beside the kind'),
  warnings: z.array(z.string()).optional().describe('What could not be done after it had ended; absent: nothing'),
  partial: partialResults.optional().describe('What was measured before it failed; absent: nothing'),
};

/** Why a run failed, for programs. */
export const failureKindSchema = z.enum([
  'exited',
  'signalled',
  'launch',
  'harness',
  'noResults',
  'incompleteResults',
  'failedAnswers',
  'timedOut',
  'stalled',
  'stopped',
  'interrupted',
  'lost',
  'preempted',
  'nodeFailed',
  'outOfMemory',
]);

/** How a run ended. Data, not an exception: the text clients see is rendered from it in `outcomeText.ts`. */
export const outcomeSchema = z.union([
  z.object({
    status: z.literal('completed'),
    result: resultSchema,
    metrics: metricsSchema,
    answers: taskAnswersSchema.optional().describe('What became of the answers to each task; absent in old journals'),
    warnings: z.array(z.string()).describe('What could not be decided from the output'),
    provenance: provenanceSchema.optional().describe('What made the numbers; absent in old journals'),
  }),
  z.discriminatedUnion('kind', [
    z.object({ ...failed, kind: z.literal('exited'), code: z.number().int(), ...engineReason, ...logTail }),
    z.object({ ...failed, kind: z.literal('signalled'), signal: z.string(), ...engineReason, ...logTail }),
    z.object({ ...failed, kind: z.literal('launch'), reason: z.string().describe('Why it could not be started') }),
    z.object({
      ...failed,
      kind: z.literal('harness'),
      reason: z.string().describe("The harness's own words"),
      ...logTail,
    }),
    z.object({ ...failed, kind: z.literal('noResults'), ...logTail }),
    z.object({
      ...failed,
      kind: z.literal('incompleteResults'),
      missing: z.array(z.string()).describe('Tasks of the request that have no results, or not all of their samples'),
      faults: z
        .array(z.string())
        .optional()
        .describe('What is wrong with the samples of which task, or why its run failed; absent: nothing'),
      parts: z
        .int()
        .optional()
        .describe('Of a split job the number of its tasks, each of which had a run; absent: there was one run for all'),
      ...logTail,
    }),
    z.object({
      ...failed,
      kind: z.literal('failedAnswers'),
      missing: z.array(z.string()).describe('Tasks of the request that have too many answers that are none'),
      faults: z.array(z.string()).describe('How many answers of which task are none, and how many there may be'),
      first: z.string().nullable().describe("The harness's words of the first one; null when it has none"),
      ...logTail,
    }),
    z.object({
      ...failed,
      kind: z.literal('timedOut'),
      seconds: z
        .number()
        .nullable()
        .describe('What it might take; null where its engine had a limit that it does not tell'),
      ...logTail,
    }),
    z.object({ ...failed, kind: z.literal('stalled'), seconds: z.number(), ...logTail }),
    z.object({
      ...failed,
      kind: z.literal('stopped'),
      who: z
        .string()
        .nullable()
        .default(null)
        .describe(
          'Name of the token by which it was stopped; null where none is needed, and where it was cancelled in its engine',
        ),
      ...engineReason,
      ...logTail,
    }),
    z.object({ ...failed, kind: z.literal('interrupted'), ...logTail }),
    z.object({ ...failed, kind: z.literal('lost'), reason: z.string() }),
    z.object({ ...failed, kind: z.literal('preempted'), ...endedByEngine }),
    z.object({ ...failed, kind: z.literal('nodeFailed'), ...endedByEngine }),
    z.object({ ...failed, kind: z.literal('outOfMemory'), ...endedByEngine }),
  ]),
]);

export type PartialResults = z.infer<typeof partialResults>;
export type Metrics = z.infer<typeof metricsSchema>;
export type Answers = z.infer<typeof answersSchema>;
export type TaskAnswers = z.infer<typeof taskAnswersSchema>;
export type Metric = z.infer<typeof metricSchema>;
export type ShownMetrics = z.infer<typeof shownMetricsSchema>;
export type Result = z.infer<typeof resultSchema>;
export type Outcome = z.infer<typeof outcomeSchema>;
export type CompletedOutcome = Extract<Outcome, { status: 'completed' }>;
export type FailedOutcome = Extract<Outcome, { status: 'failed' }>;
export type FailureKind = z.infer<typeof failureKindSchema>;

/** Scores as clients see them. Where an old journal does not say something, it is null. */
export function shownMetrics(metrics: Metrics): ShownMetrics {
  return mapValues(metrics, (row) =>
    mapValues(row, (metric, name) => ({
      value: shownNumber(metric.value),
      stderr: shownNumber(metric.stderr),
      stderr_clt: shownNumber(metric.stderr_clt),
      stderr_clustered: shownNumber(metric.stderr_clustered),
      higher_is_better: metric.higher_is_better,
      n: metric.n,
      n_failed: metric.n_failed ?? null,
      n_empty: metric.n_empty ?? null,
      n_unscored: metric.n_unscored ?? null,
      filter: metric.filter ?? splitMetricName(name).filter,
    })),
  );
}

function mapValues<T, R>(values: Record<string, T>, change: (value: T, name: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value, name)]));
}
