import { z } from 'zod';
import { timeSchema } from './time.ts';

/** What never changes while a server runs. */
export const aboutSchema = z.object({
  harness: z.string().describe('Which harness evaluates: lmms-eval, demo'),
  backend: z.string().describe('Where runs are started: local'),
  slots: z.int().describe('Runs at a time'),
  version: z.string().describe('Version of evald'),
});

/** Whether the server can do its work. */
export const healthSchema = z.object({
  status: z.enum(['healthy', 'degraded']).describe('degraded: it answers, but does not take or run jobs'),
  timestamp: timeSchema,
  queue_size: z.int().describe('Jobs waiting'),
  running_jobs: z.int().describe('Jobs that run'),
  paused: z.boolean().describe('Whether nothing is started until POST /queue/resume'),
  ...aboutSchema.shape,
  reasons: z.array(z.string()).describe('Why it is degraded; empty when healthy'),
});

export type About = z.infer<typeof aboutSchema>;
export type Health = z.infer<typeof healthSchema>;
