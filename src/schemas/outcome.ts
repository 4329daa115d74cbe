import { z } from 'zod';

/** One metric of one task, as the harness computed it. */
export const metricSchema = z.object({
  value: z.number().nullable().describe('The score; null when the harness wrote NaN or infinity'),
  stderr: z.number().nullable().describe('Standard error of the score, in the same unit; null when unknown'),
  higher_is_better: z.boolean().nullable().describe('Direction of the metric; null when the harness does not say'),
  n: z.number().int().nullable().describe('Samples the score was computed from; null when unknown'),
});

/** task → metric → numbers. A filter other than `none` is part of the metric's name: `exact_match,strict`. */
export const metricsSchema = z.record(z.string(), z.record(z.string(), metricSchema));

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

/** What a failed run had measured: numbers of its own, of which a failure says that they are not the whole. */
const partialResults = z.object({ result: resultSchema, metrics: metricsSchema, warnings: z.array(z.string()) });

const failed = {
  status: z.literal('failed'),
  cause: z.string().optional().describe('The innermost reason in one line; absent where none is known beside the kind'),
  partial: partialResults.optional().describe('What was measured before it failed; absent: nothing'),
};

/** How a run ended. Data, not an exception: the text clients see is rendered from it in `outcomeText.ts`. */
export const outcomeSchema = z.union([
  z.object({
    status: z.literal('completed'),
    result: resultSchema,
    metrics: metricsSchema,
    warnings: z.array(z.string()).describe('What could not be decided from the output'),
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
    z.object({ ...failed, kind: z.literal('incompleteResults'), missing: z.array(z.string()), ...logTail }),
    z.object({ ...failed, kind: z.literal('timedOut'), seconds: z.number(), ...logTail }),
    z.object({ ...failed, kind: z.literal('stalled'), seconds: z.number(), ...logTail }),
    z.object({
      ...failed,
      kind: z.literal('stopped'),
      who: z.string().nullable().default(null).describe('Name of the token by which it was stopped'),
      ...logTail,
    }),
    z.object({ ...failed, kind: z.literal('interrupted'), ...logTail }),
    z.object({ ...failed, kind: z.literal('lost'), reason: z.string() }),
  ]),
]);

export type PartialResults = z.infer<typeof partialResults>;
export type Metrics = z.infer<typeof metricsSchema>;
export type Result = z.infer<typeof resultSchema>;
export type Outcome = z.infer<typeof outcomeSchema>;
export type CompletedOutcome = Extract<Outcome, { status: 'completed' }>;
export type FailedOutcome = Extract<Outcome, { status: 'failed' }>;
export type FailureKind = FailedOutcome['kind'];
