import { z } from 'zod';
import { answersSchema, resultSchema, shownMetricsSchema } from './outcome.ts';

const count = z.int().nullable();

/** What a completed job has found, from the results files it wrote. */
export const jobResultsSchema = z.object({
  job_id: z.string().describe('Id of the job'),
  model: z.string().describe('The model as it was asked for'),
  model_name: z
    .string()
    .nullable()
    .describe("The model's name as the harness has it, from `model_args`; null when those name none"),
  metrics: shownMetricsSchema.describe('Scores: task or group, then metric'),
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
  harness: z
    .object({
      name: z.string().nullable().describe('lmms-eval, demo; null when unknown'),
      version: z.string().nullable().describe('Its version at the start of the run; null when unknown'),
    })
    .describe('What evaluated'),
  git_hash: z.string().nullable().describe("Commit of the harness's checkout, as it noted it; null when it has none"),
  evaluation_seconds: z.number().nullable().describe('Seconds that the harness says the evaluation took'),
  duration_seconds: z.number().nullable().describe('Seconds from the start of the job to its end, loading included'),
  files: resultSchema.describe('Paths of the files on the server'),
  warnings: z.array(z.string()).describe('Scores that are not finite numbers'),
});

export type JobResults = z.infer<typeof jobResultsSchema>;
