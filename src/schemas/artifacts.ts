import { z } from 'zod';
import { timeSchema } from './time.ts';

/** The files of a run. */
export const artifactsSchema = z.object({
  files: z
    .array(
      z.object({
        path: z.string().describe("Relative to the run's folder"),
        size: z.int().describe('Bytes'),
        modified: timeSchema,
      }),
    )
    .describe('Sorted by path; links are left out'),
  truncated: z
    .boolean()
    .describe(
      'Whether there are more files than are listed: too many, too deep, in a folder that cannot be read, or with a name that is no text',
    ),
});

export type Artifacts = z.infer<typeof artifactsSchema>;
