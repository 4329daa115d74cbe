import { z } from 'zod';
import { type ResolvedTask, resolvedTaskSchema } from '../../../schemas/job/run.ts';
import type { PythonChild } from '../../python/pythonChild.ts';

/** A value as lm-eval has it in Python. */
const valueSchema = z.union([
  z.object({ value: z.json() }),
  z.object({ text: z.string().describe('As Python writes what JSON has not') }),
]);

export type ReadValue = z.infer<typeof valueSchema>;

const runSchema = z.object({
  model: valueSchema,
  model_args: valueSchema,
  gen_kwargs: valueSchema,
  num_fewshot: valueSchema,
  batch_size: valueSchema,
  device: valueSchema,
  limit: valueSchema,
  log_samples: valueSchema,
  predict_only: valueSchema,
  tasks: z.array(z.string()),
  twice: z.array(z.string()).describe('Arguments of the model that lm-eval passes to it by itself'),
  output: z.string().nullable().describe('The folder for results'),
  folder: z.string().nullable().describe('What it would call the folder in that; null: by chance'),
});

const readingSchema = z.object({
  run: runSchema.nullable().describe('The evaluation that the command would make'),
  failure: z.string().nullable().describe('Why there is none, in the words of Python'),
  notes: z.array(z.string()).describe('What its parser warns of'),
  installed: z.record(z.string(), z.boolean()).describe('Which other packages the Python has'),
  version: z.string(),
});

/** The evaluation, as lm-eval would begin it. */
export type ReadRun = z.infer<typeof runSchema>;

/** What the installed lm-eval makes of a command. */
export type Reading = z.infer<typeof readingSchema>;

const resolutionSchema = z.union([
  z.object({ tasks: z.array(resolvedTaskSchema) }),
  z.object({ error: z.string().describe('In the words of lm-eval') }),
]);

const generationSchema = z.union([valueSchema, z.object({ error: z.string() })]);

/**
 * Asks what lm-eval makes of a command. @param words those after `-m lm_eval`. @param config text of the configuration
 * file that is their last; null: there is none. @throws when it cannot be asked.
 */
export async function readBack(child: PythonChild, words: readonly string[], config: string | null): Promise<Reading> {
  return readingSchema.parse(await child.ask({ what: 'read', words, config }));
}

/** What the command line makes of `gen_kwargs`; null: nothing that a configuration file can have. @throws as `readBack`. */
export async function readGeneration(child: PythonChild, text: string): Promise<object | null> {
  const read = generationSchema.parse(await child.ask({ what: 'generation', text }));
  return 'value' in read && typeof read.value === 'object' ? read.value : null;
}

/** Names of models. @throws as `readBack`. */
export async function readModels(child: PythonChild): Promise<string[]> {
  return z.array(z.string()).parse(await child.ask({ what: 'models' }));
}

/** Names of tasks, groups and tags. @param folder with more of them; null: none. @throws as `readBack`. */
export async function readTasks(child: PythonChild, folder: string | null): Promise<string[]> {
  return z.array(z.string()).parse(await child.ask({ what: 'tasks', folder }));
}

/** When a file of tasks changed last, milliseconds since 1970. @param folder as of `readTasks`. @throws as `readBack`. */
export async function readNewestTask(child: PythonChild, folder: string | null): Promise<number> {
  return z.number().parse(await child.ask({ what: 'newest', folders: folder === null ? [] : [folder] }));
}

/** What names stand for; or lm-eval's words of why it would not evaluate them. @param folder as of `readTasks`. @throws as `readBack`. */
export async function resolveNames(
  child: PythonChild,
  names: readonly string[],
  folder: string | null,
): Promise<{ tasks: ResolvedTask[] } | { error: string }> {
  return resolutionSchema.parse(await child.ask({ what: 'resolve', names, folder }));
}
