import { z } from 'zod';
import { engineStateSchema } from '../engine/engine.ts';
import { blockedSchema } from '../queue/queue.ts';
import { timeSchema } from '../values/time.ts';

/** What never changes while a server runs. */
export const aboutSchema = z.object({
  harness: z.string().describe('Which harness evaluates: lmms-eval, demo'),
  backend: z.string().describe('Where runs are started: local, slurm, ray'),
  slots: z.int().describe('Runs at a time, at most'),
  version: z.string().describe('Version of evald'),
});

/** Whether the server can do its work. */
export const healthSchema = z.object({
  status: z
    .enum(['healthy', 'degraded'])
    .describe(
      'degraded: it takes no jobs (503); or takes them and cannot start them, not reach their engine, not read files, or was held up by one piece of work in the last half minute (200)',
    ),
  takes_jobs: z.boolean().describe('Whether it takes jobs; while it does not, the answer is 503'),
  timestamp: timeSchema,
  queue_size: z.int().describe('Jobs waiting'),
  running_jobs: z.int().describe('Jobs that run'),
  paused: z.boolean().describe('Whether nothing is started until POST /queue/resume'),
  blocked: blockedSchema,
  ...aboutSchema.shape,
  engine: engineStateSchema.describe('What runs run on'),
  reasons: z.array(z.string()).describe('Why it is degraded; empty when healthy'),
});

export type About = z.infer<typeof aboutSchema>;
export type Health = z.infer<typeof healthSchema>;
