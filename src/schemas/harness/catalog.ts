import { z } from 'zod';

/** Names that `tasks` of a request may use. */
export const tasksSchema = z.object({
  tasks: z.array(z.string()).describe('Tasks, groups and tags the harness knows'),
});

/** Names that `model` of a request may use. */
export const modelsSchema = z.object({ models: z.array(z.string()).describe('Models the harness knows') });
