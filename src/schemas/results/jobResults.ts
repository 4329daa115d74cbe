import { z } from 'zod';
import { answersSchema, failureKindSchema, resultSchema, shownMetricsSchema } from '../job/outcome.ts';
import { shownProvenanceSchema } from '../job/provenance.ts';

const count = z.int().nullable();

/** What a job has found, from the results files it wrote. */
export const jobResultsSchema = z.object({
  job_id: z.string().describe('Id of the job'),
  model: z.string().describe('The model as it was asked for'),
  model_name: z
    .string()
    .nullable()
    .describe("The model's name as the harness has it, from `model_args`; null when those name none"),
  partial: z
    .boolean()
    .describe('True of a job that failed: what it had measured until then, and not the whole of what was asked'),
  failure_kind: failureKindSchema.nullable().describe('The kind of its failure; null of a completed job'),
  metrics: shownMetricsSchema.describe('Scores: task or group, then metric'),
  merged: z
    .object({
      metrics: shownMetricsSchema.describe('Scores of all of these jobs together, of each task the newest'),
      jobs: z.record(z.string(), z.string()).describe('task or group → id of the job that its scores are of'),
    })
    .nullable()
    .describe(
      'Of a retry: its scores together with those of the jobs that it repeats, which were asked the same but for the tasks; null of a job that is no retry',
    ),
  samples: z
    .record(
      z.string(),
      z.object({
        original: count.describe('Samples the task has; null when unknown'),
        effective: count.describe('Samples that were evaluated; null when unknown'),
        ...answersSchema.shape,
      }),
    )
    .describe('Samples of each task'),
  provenance: shownProvenanceSchema.nullable().describe('What made these numbers; null: nothing is known of that'),
  harness: z
    .object({
      name: z.string().nullable().describe('lmms-eval, demo; null when unknown'),
      version: z.string().nullable().describe('Its version at the start of the run; null when unknown'),
      started_warm: z
        .boolean()
        .optional()
        .describe(
          'Whether the run was forked from a Python that had imported it (--warm-starts); absent: it was not, as far as is known',
        ),
    })
    .describe('What evaluated'),
  git_hash: z.string().nullable().describe("Commit of the harness's checkout, as it noted it; null when it has none"),
  evaluation_seconds: z.number().nullable().describe('Seconds that the harness says the evaluation took'),
  duration_seconds: z
    .number()
    .nullable()
    .describe(
      'Seconds from the start of the job to its end, loading included, measured whatever the clock did meanwhile',
    ),
  files: resultSchema.describe('Paths of the files on the server'),
  warnings: z.array(z.string()).describe('Scores that are not finite numbers'),
});

export type JobResults = z.infer<typeof jobResultsSchema>;
