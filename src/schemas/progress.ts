import { z } from 'zod';

/** How far a run is, as its harness reports it. */
export const progressSchema = z.object({
  phase: z.string().describe("The harness's name of what it does now"),
  done: z.number().int().describe('Steps done'),
  total: z.number().int().describe('Steps in all'),
  percent: z.number().describe('0 to 100'),
});

export type Progress = z.infer<typeof progressSchema>;
