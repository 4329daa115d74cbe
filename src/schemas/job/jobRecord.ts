import { z } from 'zod';
import { failedAttemptSchema } from './attempt.ts';
import { jobStatusSchema, type NewJob, newJobSchema } from './job.ts';
import { outcomeSchema } from './outcome.ts';
import { endedPartSchema } from './part.ts';
import { launchedRunSchema } from './run.ts';

const stopRequestSchema = z.object({
  at: z.number().describe('Milliseconds since 1970'),
  by: z.string().nullable().describe('Name of the token by which it was asked for; null where none is needed'),
});

export type StopRequest = z.infer<typeof stopRequestSchema>;

/** Everything that is kept of a job: enough to bring its actor back. */
export const jobRecordSchema = newJobSchema.extend({
  status: jobStatusSchema,
  startedAt: z.number().nullable().describe('Milliseconds since 1970'),
  endedAt: z.number().nullable().describe('Milliseconds since 1970'),
  startedMonotonic: z
    .number()
    .nullable()
    .default(null)
    .describe("When it started, in milliseconds of the journal's own time; null until then, and in journals of 0.2"),
  endedMonotonic: z.number().nullable().default(null).describe('When it ended, likewise'),
  devices: z
    .array(z.string())
    .nullable()
    .describe('Devices of this machine that it was given; null: none are handed out'),
  run: launchedRunSchema.nullable(),
  stopRequest: stopRequestSchema.nullable().default(null).describe('When, and by whom, its run was asked to end'),
  parts: z.array(endedPartSchema).default([]).describe('Parts of a split job that have ended, in order'),
  attempts: z
    .array(failedAttemptSchema)
    .default([])
    .describe('Attempts that failed and were followed by another one, in order; those of all parts'),
  outcome: outcomeSchema.nullable(),
  cancelledFor: z
    .string()
    .nullable()
    .default(null)
    .describe('The job that had to complete before it and did not, so that it was cancelled'),
});

/** Of most jobs: they share it. */
export const noAttempts: JobRecord['attempts'] = [];

/** What is known of a job that waits, beside its submission. */
export const notStarted = {
  ...{ startedAt: null, endedAt: null, startedMonotonic: null, endedMonotonic: null },
  ...{
    devices: null,
    run: null,
    stopRequest: null,
    parts: [],
    attempts: noAttempts,
    outcome: null,
    cancelledFor: null,
  },
};

export type JobRecord = z.infer<typeof jobRecordSchema>;

/** The record of a job that was just acknowledged. */
export function newRecord(job: NewJob): JobRecord {
  return { ...job, status: 'queued', ...notStarted };
}
