import { z } from 'zod';
import { lenient, readInteger } from '../submission/lenient.ts';

const badLimit = '`limit` should be an integer from 0 to 100000, or left out';

/** Beside a pause, which is asked for. */
export const blockedSchema = z
  .string()
  .nullable()
  .describe(
    'Why no run can be launched, by a fault of the server or of its engine: what waits is kept, and it is tried again; null: nothing hinders it',
  );

/** How much of the queue is wanted. */
export const queueQuerySchema = z.object({
  limit: lenient(readInteger, z.int(badLimit).min(0, badLimit).max(100_000, badLimit))
    .optional()
    .describe(
      'Ids in queued_jobs at most, the next ones; all of them if left out. queue_size counts all in either case',
    ),
});

/** The queue as clients see it; the original's keys, and ours. */
export const queueSchema = z.object({
  queue_size: z.int().describe('Jobs waiting'),
  running_job: z.string().nullable().describe('Id of the job that runs, the first if there are several; null: none'),
  running_jobs: z.array(z.string()).describe('Ids of all jobs that run'),
  pending_jobs: z
    .int()
    .describe(
      'How many of those that run have not begun: their engine lets them wait, or their launch is under way. POST /jobs/{id}/stop takes one back',
    ),
  queued_jobs: z.array(z.string()).describe('Ids of the jobs waiting, the next one first'),
  paused: z.boolean().describe('Whether nothing is started until POST /queue/resume'),
  blocked: blockedSchema,
  completed_jobs: z.int().describe('Completed jobs that are kept'),
  failed_jobs: z.int().describe('Failed jobs that are kept'),
  cancelled_jobs: z.int().describe('Cancelled jobs that are kept'),
});

export type Queue = z.infer<typeof queueSchema>;
