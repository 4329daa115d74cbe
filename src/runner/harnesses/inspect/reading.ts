import { z } from 'zod';
import type { PythonChild } from '../../python/pythonChild.ts';

const taskSchema = z.object({
  asked: z.string(),
  found: z.array(z.string()).describe('Names of the tasks that it stands for'),
  without_fewshot: z.array(z.string()).describe('Those of them that take no argument `fewshot`'),
  failure: z.string().nullable().describe('Why it stands for none'),
});

const readingSchema = z.object({
  tasks: z.array(taskSchema),
  providers: z.array(z.string()).describe('Names of the providers of models'),
  unknown: z.array(z.string()).describe('Arguments of generation that there are none of'),
  failure: z.string().nullable().describe('What is wrong with the values of the others'),
  version: z.string(),
});

/** What the installed inspect-ai makes of a request. */
export type Reading = z.infer<typeof readingSchema>;

/** @throws when it cannot be asked. */
export async function readBack(
  child: PythonChild,
  asked: { tasks: readonly string[]; generation: Readonly<Record<string, unknown>> },
): Promise<Reading> {
  return readingSchema.parse(await child.ask({ what: 'read', ...asked }));
}

/** Names of the providers of models, or of the tasks of installed packages. @throws as `readBack`. */
export async function readNames(child: PythonChild, what: 'models' | 'tasks'): Promise<string[]> {
  return z.array(z.string()).parse(await child.ask({ what }));
}

/** When a package that has tasks was installed or changed last, milliseconds since 1970. @throws as `readBack`. */
export async function readNewest(child: PythonChild): Promise<number> {
  return z.number().parse(await child.ask({ what: 'changed' }));
}
