import { z } from 'zod';
import type { PythonChild } from '../../python/pythonChild.ts';

/** A value as lmms-eval has it in Python, with its type. */
const valueSchema = z.union([
  z.tuple([z.literal('none')]),
  z.tuple([z.literal('bool'), z.boolean()]),
  z.tuple([z.enum(['int', 'float']), z.string().describe('as Python writes it')]),
  z.tuple([z.literal('str'), z.string(), z.boolean().describe('Whether it has commas, all inside one Python literal')]),
  z.tuple([z.literal('json'), z.json()]),
]);

export type ReadValue = z.infer<typeof valueSchema>;

const argumentsSchema = z.union([
  z.object({ values: z.array(z.tuple([z.string(), valueSchema])) }),
  z.object({ error: z.string().describe('In the words of Python') }),
]);

export type ReadArguments = z.infer<typeof argumentsSchema>;

const runSchema = z.object({
  model: valueSchema,
  tasks: z.array(z.string().nullable()).describe('null: a file of tasks'),
  model_args: argumentsSchema,
  generation: argumentsSchema.describe('What gen_kwargs is taken apart into'),
  gen_kwargs: valueSchema,
  num_fewshot: valueSchema,
  batch_size: valueSchema,
  device: valueSchema,
  limit: valueSchema,
  log_samples: valueSchema,
  predict_only: valueSchema,
  output: z.string().nullable().describe('The folder for results'),
  name: z.string().describe('What it would call the model in them'),
  place: z.string().nullable().describe('The folder in which it would write them, below that'),
});

const readingSchema = z.object({
  runs: z.array(runSchema).describe('Evaluations that the command would make; a list of configurations makes several'),
  failures: z.array(z.string()).describe('Why there are fewer, in the words of Python'),
  alone: z.array(z.string()).describe('Names of arguments of the model that cannot be read even alone'),
  version: z.string(),
});

/** One evaluation, as lmms-eval would begin it. */
export type ReadRun = z.infer<typeof runSchema>;

/** What the installed lmms-eval makes of a command. */
export type Reading = z.infer<typeof readingSchema>;

export type Question = {
  /** The words after `-m lmms_eval`. */
  words: readonly string[];
  /** Text of the configuration file that is their last; null: there is none. */
  config: string | null;
  /** Arguments of the model one by one, as text. */
  parts: readonly (readonly [string, string])[];
};

/** Asks what lmms-eval makes of a command. @throws when it cannot be asked. */
export async function readBack(child: PythonChild, question: Question): Promise<Reading> {
  return readingSchema.parse(await child.ask({ what: 'read', ...question }));
}

/** All names of models, also others for the same. @throws when it cannot be asked. */
export async function readModels(child: PythonChild): Promise<string[]> {
  return z.array(z.string()).parse(await child.ask({ what: 'models' }));
}

/** When a file of tasks changed last, milliseconds since 1970. @param folders beside lmms-eval's own. @throws as the others. */
export async function readNewestTask(child: PythonChild, folders: readonly string[]): Promise<number> {
  return z.number().parse(await child.ask({ what: 'newest', folders }));
}
