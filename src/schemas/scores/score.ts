import { z } from 'zod';
import { jobStatusSchema } from '../job/job.ts';
import { jobsFilterFields } from '../job/jobList.ts';
import { failureKindSchema } from '../job/outcome.ts';
import { shownNumberSchema } from '../results/exactNumber.ts';
import { labelsSchema } from '../submission/jobOptions.ts';
import { lenient, readBoolean, readInteger } from '../submission/lenient.ts';
import { requestLimits, runLimits } from '../values/limits.ts';
import { shortText } from '../values/text.ts';
import { timeSchema } from '../values/time.ts';

const badAxis = '`x` should be "time", or "label:" and the name of a label: label:step';
const badLimit = '`limit` should be an integer from 1 to 10000';
const badMissing = '`missing` should be true or false';
const badCursor = '`cursor` should be the next_cursor of a page';
const badName = (field: string) => `\`${field}\` should be a name, not empty`;

/** Which evaluation a score is of, and what made it. */
const madeBy = {
  job_id: z.string().describe('The job that measured it; it may be forgotten meanwhile'),
  imported: z.boolean().describe('True of results that evald did not run, but read from the files of an earlier run'),
  model: z.string().describe('The model as it was asked for, of an imported one as its results name it'),
  checkpoint: z.string().nullable().describe('`pretrained` of the model arguments; null when they have none'),
  run: z.string().nullable().describe('The label `run`; null without'),
  step: z.number().nullable().describe('The label `step`, where it is a number; null without'),
  labels: labelsSchema.describe('The labels of the job'),
  x: z.number().nullable().describe('Where it stands on the axis that was asked for with `x`; null: nowhere on it'),
};

/** One score of one job: a row of the long table. No number travels alone. */
export const scoreSchema = z.object({
  ...madeBy,
  submitted_by: z.string().nullable().describe('Name of the token by which the job was submitted; null without'),
  completed_at: timeSchema.describe('When the job ended'),
  task: z.string().describe('The task, or a group'),
  metric: z.string().describe('The metric, without its filter'),
  filter: z.string().describe('How answers were read before they were scored; `none` where they were not'),
  value: shownNumberSchema.nullable().describe('The score as the harness wrote it; null: it was not finite'),
  stderr: shownNumberSchema.nullable().describe('Its standard error, in the same unit; null when unknown'),
  interval: z
    .tuple([z.number(), z.number()])
    .nullable()
    .describe(
      '95 % interval around it: by Wilson where it is a mean of zeros and ones, else 1.96 standard errors each way; null without a standard error',
    ),
  n: z.int().nullable().describe('Samples it is of; null when unknown'),
  higher_is_better: z.boolean().nullable().describe('Direction; null when the harness does not say'),
  is_group: z.boolean().describe('True of a score that is made of those of other tasks'),
  harness: z.string().nullable().describe('What evaluated; null when unknown'),
  harness_version: z.string().nullable().describe('Its version; null when unknown'),
  task_version: z.string().nullable().describe('Version of the definition of the task; null when unknown'),
  num_fewshot: z.int().nullable().describe('Examples before each question; null when unknown'),
  git_hash: z.string().nullable().describe("Commit of the harness's checkout; null when it has none"),
  num_gpus: z.int().nullable().describe('GPUs it was run on; null when unknown'),
  seed: z.string().nullable().describe('The seed, or seeds with commas; null when unknown'),
});

/** What has no score where one was asked for. */
export const missingScoreSchema = z.object({
  ...madeBy,
  task: z.string().describe('The task that was asked for'),
  status: jobStatusSchema,
  failure_kind: failureKindSchema.nullable().describe('The kind of its failure; null unless it failed'),
  reason: z.string().describe('Why there is none, in few words: queued, running, cancelled, failed (timedOut)'),
  ended_at: timeSchema
    .nullable()
    .describe('When its job ended: a score from before is older than this failure; null while it waits or runs'),
});

/** Which scores are wanted: each field that is given narrows them. */
export const scoresFilterFields = {
  job: shortText('job', requestLimits.jobId).min(1, badName('job')).optional().describe('Only scores of this job'),
  model: jobsFilterFields.model.describe('Only scores of this model'),
  task: jobsFilterFields.task.describe('Only scores of this task or group'),
  metric: shortText('metric', runLimits.name).min(1, badName('metric')).optional().describe('Only this metric'),
  filter: shortText('filter', runLimits.name).min(1, badName('filter')).optional().describe('Only this filter'),
  label: jobsFilterFields.label.describe('Only scores of jobs with this label, name and value: run:r7'),
  since: jobsFilterFields.since.describe(
    'Only scores of jobs that ended then or later: ISO 8601, or seconds since 1970',
  ),
  x: shortText('x', requestLimits.label)
    .regex(/^(time|label:[\w./-]{1,64})$/, badAxis)
    .optional()
    .describe(
      'What `x` of each row is: "label:step" the number that the label has, "time" seconds since 1970 at which the job ended. Without it null',
    ),
};

export const scoresQuerySchema = z.object({
  ...scoresFilterFields,
  missing: lenient(readBoolean, z.boolean(badMissing))
    .default(false)
    .describe('Whether `missing` lists what was asked for and has no score'),
  order: z
    .enum(['oldest', 'newest'])
    .default('oldest')
    .describe('Which come first: the scores of jobs that ended first, or last'),
  limit: lenient(readInteger, z.int(badLimit).min(1, badLimit).max(10_000, badLimit))
    .default(10_000)
    .describe('Scores a page'),
  cursor: shortText('cursor', 40)
    .regex(/^s[0-9a-z]{1,20}$/, badCursor)
    .optional()
    .describe('The next_cursor of the page before, asked with the same query'),
});

/** A page of the long table. */
export const scoreListSchema = z.object({
  scores: z.array(scoreSchema).describe('The scores, in the order in which their jobs ended, or backwards'),
  missing: z
    .array(missingScoreSchema)
    .describe(
      'Tasks that a job asked for and has no score of, the newest jobs first, at most 10,000; empty unless asked for',
    ),
  next_cursor: z.string().nullable().describe('Asks for the next page; null: this is the last one'),
});

export const exportFormats = ['csv', 'json', 'md', 'parquet'] as const;
const badFormat = `\`format\` should be one of ${exportFormats.join(', ')}`;

/** The query of an export: all scores that the filter lets through. */
export const exportQuerySchema = z.object({
  ...scoresFilterFields,
  format: z.enum(exportFormats, badFormat).default('csv').describe('How the long table is written'),
});

export type Score = z.infer<typeof scoreSchema>;
export type MissingScore = z.infer<typeof missingScoreSchema>;
export type ScoresQuery = z.infer<typeof scoresQuerySchema>;
export type ScoreList = z.infer<typeof scoreListSchema>;
export type ExportQuery = z.infer<typeof exportQuerySchema>;
