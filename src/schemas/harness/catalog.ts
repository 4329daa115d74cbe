import { z } from 'zod';
import { harnessNameSchema } from './harnesses.ts';

/** Of which harness a list is wanted. */
export const catalogQuerySchema = z.object({
  harness: harnessNameSchema
    .optional()
    .describe('The harness that is asked, as a submission names it; without it the default one'),
});

/** Names that `tasks` of a request may use. */
export const tasksSchema = z.object({
  tasks: z.array(z.string()).describe('Tasks, groups and tags the harness knows'),
});

/** Names that `model` of a request may use. */
export const modelsSchema = z.object({ models: z.array(z.string()).describe('Models the harness knows') });
