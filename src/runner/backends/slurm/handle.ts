import { z } from 'zod';
import type { RunHandle } from '../../../machines/ports/runner.ts';

const slurmHandleSchema = z.object({
  backend: z.literal('slurm').describe('Whose handle it is'),
  name: z.string().describe('Name of the job in Slurm'),
  unique: z
    .enum(['name', 'comment'])
    .default('name')
    .describe(
      'What no other job ever has, and it is known by: ids may be given out again. Its name in handles of earlier versions',
    ),
  id: z.string().nullable().describe('Id of the job; null when it was not known whether it was submitted'),
  comment: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'Its comment in Slurm: the job of evald, and behind it what is its own; null in handles of 0.2, and known then by its log alone',
    ),
  state: z.string().describe("Absolute path of the folder with the script's files"),
});

/** Names a run in Slurm, for good. */
export type SlurmHandle = z.infer<typeof slurmHandleSchema>;

/** Reads a handle made by this backend. @throws when it is not one. */
export function readHandle(handle: RunHandle): SlurmHandle {
  return slurmHandleSchema.parse(handle);
}
