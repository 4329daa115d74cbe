import { z } from 'zod';

/** How far a run is, as its harness reports it. */
export const progressSchema = z.object({
  phase: z.string().describe("The harness's name of what it does now"),
  done: z.number().int().describe('Steps done; of several ranks, the average'),
  total: z.number().int().describe('Steps in all; of several ranks, the average'),
  percent: z.number().describe('0 to 100'),
  rate: z.number().nullable().describe('Steps a second; null when not known yet'),
  eta_seconds: z.number().nullable().describe('Seconds until this phase is done; null when not known yet'),
});

export type Progress = z.infer<typeof progressSchema>;
