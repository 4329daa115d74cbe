import { z } from 'zod';
import { placeSchema } from '../engine/engine.ts';
import { waitingForSchema } from '../queue/waitingFor.ts';
import { keptRequestSchema } from '../submission/evaluateRequest.ts';
import { jobOptionsFields, jobOptionsSchema } from '../submission/jobOptions.ts';
import { timeSchema } from '../values/time.ts';
import { failureKindSchema, resultSchema, shownMetricsSchema, taskAnswersSchema } from './outcome.ts';
import { shownProvenanceSchema } from './provenance.ts';
import { progressSchema } from './run.ts';

export const jobStatusSchema = z
  .enum(['queued', 'running', 'completed', 'failed', 'cancelled'])
  .describe('The five states of the job chart');

export type JobStatus = z.infer<typeof jobStatusSchema>;

/** A task of a split job, as clients see it: it has a run of its own. */
export const jobPartSchema = z.object({
  number: z.int().describe('Its place among the tasks of the request, from 1: they run in this order'),
  task: z.string().describe('The task'),
  status: jobStatusSchema.describe('As of a job; cancelled: the job ended before its run began'),
  started_at: timeSchema.nullable().describe('When it was begun: after the end of the task before it'),
  completed_at: timeSchema.nullable().describe('When its run had ended'),
  log: z.string().nullable().describe('Path of the log of its run; GET /jobs/{job_id}/log?task= shows it'),
  error: z.string().nullable().describe('Why it failed, in one line'),
  failure_kind: failureKindSchema.nullable().describe('The kind of failure, for programs'),
});

export type JobPart = z.infer<typeof jobPartSchema>;

/** An attempt at a job, or at a task of a split one, that failed and was followed by another one, as clients see it. */
export const jobAttemptSchema = z.object({
  number: z.int().describe('Its place among the attempts of the job, or of the task, from 1'),
  part: z.int().nullable().describe('Of a split job the number of the task; null of any other'),
  failure_kind: failureKindSchema.describe('The kind of failure, for programs'),
  error: z.string().describe('Why it failed, in one line'),
  started_at: timeSchema.nullable().describe('When it was begun'),
  completed_at: timeSchema.describe('When its run had ended'),
  node: z.string().nullable().describe('The machine on which it ran; null: it had none yet, or that is not known'),
  log: z.string().nullable().describe('Path of its log; GET /jobs/{job_id}/log?attempt= shows it'),
  next_at: timeSchema.describe('When the next one was to begin, or is'),
});

export type JobAttempt = z.infer<typeof jobAttemptSchema>;

/** A job as clients see it; the original's keys first, then ours. Absent values are null. */
export const jobInfoSchema = z.object({
  job_id: z.string().describe('Names the job in every request about it'),
  status: jobStatusSchema,
  created_at: timeSchema,
  started_at: timeSchema
    .nullable()
    .describe('When its run began: on an engine when it was handed over, which may let it wait; null until then'),
  completed_at: timeSchema.nullable().describe('When it reached a final state, cancelled included'),
  duration_seconds: z
    .number()
    .nullable()
    .describe(
      'Seconds from its start to its end, measured whatever the clock did meanwhile; null unless it ran and ended',
    ),
  request: keptRequestSchema.describe('The request as it was understood; `***` stands for credentials in model_args'),
  result: resultSchema.nullable().describe('Files of a completed job'),
  error: z.string().nullable().describe('Why it failed, or was cancelled by the server'),
  position_in_queue: z.number().int().nullable().describe('Jobs ahead of it, from 0; null unless queued'),
  waiting_for: waitingForSchema
    .nullable()
    .describe('What it waits for; null unless it is queued, or was started and could not be launched'),
  metrics: shownMetricsSchema.nullable().describe('Numbers of a completed job'),
  partial_metrics: shownMetricsSchema
    .nullable()
    .describe(
      'Numbers that a failed job had measured before it failed, or that a split one has so far: not the whole of what was asked',
    ),
  partial_result: resultSchema.nullable().describe('Files that those numbers are from'),
  answers: taskAnswersSchema
    .nullable()
    .describe('What became of the answers to each task of an ended job; null when that is not known'),
  provenance: shownProvenanceSchema.nullable().describe('What made its numbers; null when it has none'),
  failure_kind: failureKindSchema.nullable().describe('The kind of failure, for programs'),
  progress: progressSchema.nullable().describe('How far it is or was, as the harness reports it; null until it does'),
  stop_requested: z
    .object({
      at: timeSchema,
      by: z.string().nullable().describe('Name of the token by which it was asked for; null where none is needed'),
    })
    .nullable()
    .describe('When its run was asked to end; null: it was not'),
  log: z
    .string()
    .nullable()
    .describe("Path of the run's log, once it runs; of a split job that of the last run that was launched"),
  parts: z
    .array(jobPartSchema)
    .nullable()
    .describe('Of a split job its tasks, each with how its run is, in the order in which they run; null of any other'),
  attempts: z
    .array(jobAttemptSchema)
    .describe(
      'Attempts that failed for its engine or its machine and were followed by another one (`retry`), in order; while the next one is waited for it runs, without a backend',
    ),
  backend: placeSchema.nullable().describe('Where its run is or was; null until it was launched'),
  warnings: z.array(z.string()).describe('What was ignored or could not be decided'),
  ...jobOptionsFields,
  expected_start_at: timeSchema
    .nullable()
    .describe('When it may start, by what is expected of the jobs ahead; null when that is not known'),
  expected_end_at: timeSchema
    .nullable()
    .describe(
      'When it may end: by its own progress once it shows any, else by what the last jobs took that asked for the same tasks, model, samples, GPUs and generation; null when that is not known',
    ),
  retry_of: z.string().nullable().describe('The job whose request this one repeats'),
  retries: z.array(z.string()).describe('Jobs that repeat the request of this one, in order'),
  submitted_by: z.string().nullable().describe('Name of the token it was submitted with; null where none is needed'),
  imported: z
    .string()
    .nullable()
    .describe(
      'Of a job that evald did not run but read from the files of an earlier run: its results file, and its times are those of that run; null of any other',
    ),
});

export type JobInfo = z.infer<typeof jobInfoSchema>;

/** Of a job that evald did not run: which file of an earlier run it was read from. */
export const importedSchema = z.object({
  file: z.string().describe('Absolute path of the results file'),
  harness: z.string().describe('What wrote it: lmms-eval, lm-eval'),
});

export type Imported = z.infer<typeof importedSchema>;

/** What is known of a job when it is acknowledged. */
export const newJobSchema = z.object({
  jobId: z.string(),
  request: keptRequestSchema,
  createdAt: z.number().describe('Milliseconds since 1970'),
  createdMonotonic: z
    .number()
    .nullable()
    .default(null)
    .describe("The same moment in the journal's own time; null in journals of 0.2"),
  warnings: z.array(z.string()).describe('What was odd about the request, for its owner'),
  folderName: z.string().describe("Name of its run's own folder, used when the client named none"),
  idempotency: z
    .object({ key: z.string(), requestHash: z.string().describe('SHA-256 of the request as it was understood, hex') })
    .nullable()
    .describe('The Idempotency-Key it was submitted with; each caller has keys of its own'),
  options: jobOptionsSchema,
  retryOf: z.string().nullable().describe('Id of the job whose request it repeats'),
  submittedBy: z.string().nullable().describe('Name of the token it was submitted with; null where none is needed'),
  imported: importedSchema.nullable().default(null),
});

export type NewJob = z.infer<typeof newJobSchema>;
