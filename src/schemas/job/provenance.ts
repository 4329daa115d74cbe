import { z } from 'zod';
import { keptArgumentsSchema } from '../submission/evaluateRequest.ts';

/** What made the numbers of a run, as its results say. Null: they do not. */
export const provenanceSchema = z.object({
  harness: z.string().nullable().describe('What evaluated'),
  harness_version: z.string().nullable().describe('Its version'),
  started_warm: z
    .boolean()
    .optional()
    .describe(
      'Whether it was forked from a Python that had imported its modules (--warm-starts); absent: it was not, as far as is known',
    ),
  git_hash: z.string().nullable().describe("Commit of the harness's checkout"),
  seed: z.string().nullable().describe('The seed; where there are several that differ, all with commas'),
  tasks: z
    .record(
      z.string(),
      z.object({
        version: z.string().nullable().describe('Version of the definition of the task'),
        num_fewshot: z.int().nullable().describe('Examples that were shown before each question'),
        hash: z
          .string()
          .optional()
          .describe('Hash of its questions, prompts and targets (lm-eval, with log_samples); absent: not known'),
      }),
    )
    .describe('Of each task and group that has numbers'),
  groups: z.record(z.string(), z.array(z.string())).describe('group → the tasks and groups that it is made of'),
});

export type Provenance = z.infer<typeof provenanceSchema>;

/** What made the numbers of a job, as clients see it. */
export const shownProvenanceSchema = provenanceSchema.omit({ groups: true }).extend({
  num_gpus: z.int().nullable().describe('GPUs it was run on; null when unknown, as of an imported job'),
  arguments: keptArgumentsSchema.describe(
    'What the harness was asked, beside the tasks; `***` stands for credentials, as in the request',
  ),
  operator_options: z
    .array(z.string())
    .nullable()
    .describe('Options that the operator sets for every run of the harness (--extra-args); null when unknown'),
});

export type ShownProvenance = z.infer<typeof shownProvenanceSchema>;
