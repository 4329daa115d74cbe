import { z } from 'zod';
import { jobStatusSchema, type NewJob, newJobSchema } from './job.ts';
import { outcomeSchema } from './outcome.ts';
import { launchedRunSchema } from './run.ts';

/** Everything that is kept of a job: enough to bring its actor back. */
export const jobRecordSchema = newJobSchema.extend({
  status: jobStatusSchema,
  startedAt: z.number().nullable().describe('Milliseconds since 1970'),
  endedAt: z.number().nullable().describe('Milliseconds since 1970'),
  devices: z
    .array(z.string())
    .nullable()
    .describe('Devices of this machine that it was given; null: none are handed out'),
  run: launchedRunSchema.nullable(),
  outcome: outcomeSchema.nullable(),
});

export type JobRecord = z.infer<typeof jobRecordSchema>;

/** The record of a job that was just acknowledged. */
export function newRecord(job: NewJob): JobRecord {
  return { ...job, status: 'queued', startedAt: null, endedAt: null, devices: null, run: null, outcome: null };
}
