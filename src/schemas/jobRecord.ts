import { z } from 'zod';
import { jobStatusSchema, type NewJob, newJobSchema } from './job.ts';
import { outcomeSchema } from './outcome.ts';
import { launchedRunSchema } from './run.ts';

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
  outcome: outcomeSchema.nullable(),
});

/** What is known of a job that waits, beside its submission. */
export const notStarted = {
  ...{ startedAt: null, endedAt: null, startedMonotonic: null, endedMonotonic: null },
  ...{ devices: null, run: null, outcome: null },
};

export type JobRecord = z.infer<typeof jobRecordSchema>;

/** The record of a job that was just acknowledged. */
export function newRecord(job: NewJob): JobRecord {
  return { ...job, status: 'queued', ...notStarted };
}
