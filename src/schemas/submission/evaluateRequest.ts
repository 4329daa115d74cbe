import { z } from 'zod';
import { areTooMany, tooManyCredentials } from '../secrets/secrets.ts';
import { noLimits, type RequestLimits, requestLimits } from '../values/limits.ts';
import { isPattern, listableName, plainText, shortText } from '../values/text.ts';
import { hiddenArguments } from './argumentText.ts';
import { lenient, lenientUnion, readBoolean, readFloat, readInteger, requestBody } from './lenient.ts';
import { modelArgsSchema, modelArgsWarnings } from './modelArgs.ts';

// A message replaces zod's own, which does not name the field.
const noModel = '`model` should name a model; it is empty';
const noTasks = '`tasks` should name at least one task';
const tooManyTasks = `\`tasks\` should name at most ${requestLimits.tasks} tasks; name a group, or send several requests`;
const badPatterns = `\`tasks\` should have at most ${requestLimits.patterns} names with wildcards (*, ?, [), each of at most ${requestLimits.pattern} characters`;
const badTask = '`tasks` should be names of tasks, each not empty and without commas or control characters';
const badFewshot = '`num_fewshot` should be an integer from 0';
const badBatchSize = '`batch_size` should be an integer from 1, "auto", or "auto:" and a number';
const badLimit = '`limit` should be a number above 0 (below 1: a fraction of the samples), or -1 for all';
const badGpus = '`num_gpus` should be an integer from 1 to 1024';
const badOutput = '`output_dir` should be a path without control characters';

/** What the harness makes a number of, or knows by name. */
const batchSizeText = z
  .string(badBatchSize)
  .max(requestLimits.batchSize, badBatchSize)
  .regex(/^(auto(:\d+(\.\d+)?)?|[1-9]\d*)$/, badBatchSize);

const batchSizeSchema = lenientUnion(
  // Text stays text: the original repeats "8" as it was sent.
  {
    int: (input) => (typeof input === 'string' ? { value: input } : readInteger(input)),
    str: () => ({ refused: 'string_type' }),
  },
  z.union([z.int(badBatchSize).min(1, badBatchSize), batchSizeText], badBatchSize),
);

const limitSchema = lenientUnion(
  { int: readInteger, float: readFloat },
  z.union([z.literal(-1), z.number(badLimit).positive(badLimit)], badLimit),
);

/** The original takes an empty text for none given. */
const outputDirSchema = (most: number | null) =>
  z.preprocess(
    (input) => (input === '' ? null : input),
    shortText('output_dir', most).regex(plainText, badOutput).nullable(),
  );

const tasksSchema = (limits: RequestLimits) =>
  z
    .array(shortText('tasks', limits.task, 'each name in `tasks`').regex(listableName, badTask))
    .min(1, noTasks)
    .max(requestLimits.tasks, tooManyTasks)
    .refine((names) => limits.patterns === null || arePatternsFew(names), badPatterns);

function arePatternsFew(names: readonly string[]): boolean {
  const patterns = names.filter(isPattern);
  return patterns.length <= requestLimits.patterns && patterns.every(({ length }) => length <= requestLimits.pattern);
}

/** The fields of the original server's request. */
const requestFields = (limits: RequestLimits) => ({
  model: shortText('model', limits.model).regex(/\S/, noModel).describe('Name of the model, as the harness knows it'),
  tasks: tasksSchema(limits).describe('Names of the tasks, groups or tags to evaluate'),
  model_args: modelArgsSchema(limits)
    .nullable()
    .default(null)
    .describe(
      'Arguments of the model. The harness gets them as text, `a=1,b=x`: no key may have "=" or ",", and a value that the installed harness would not read back as it was sent is refused; null values are left out',
    ),
  num_fewshot: lenient(readInteger, z.int(badFewshot).min(0, badFewshot))
    .nullable()
    .default(null)
    .describe('Examples shown before each question; null: as the task says'),
  batch_size: batchSizeSchema
    .nullable()
    .default(null)
    .describe('Samples at a time: an integer from 1, "auto", or "auto:4"'),
  device: shortText('device', limits.device)
    .nullable()
    .default(null)
    .describe('Where the model runs: cuda, cuda:0, cpu'),
  limit: limitSchema
    .nullable()
    .default(null)
    .describe('Samples a task: a count; below 1 a fraction; -1 or null: all of them'),
  gen_kwargs: generationText(limits.genKwargs)
    .nullable()
    .default(null)
    .describe('Arguments of generation, as text: temperature=0,top_p=1'),
  log_samples: lenient(readBoolean, z.boolean()).default(true).describe('Whether to write every sample to a file'),
  predict_only: lenient(readBoolean, z.boolean()).default(false).describe('Only generate, compute no scores'),
  num_gpus: lenient(readInteger, z.int(badGpus).min(1, badGpus).max(1024, badGpus))
    .default(1)
    .describe('Processes, one a GPU'),
  output_dir: outputDirSchema(limits.path)
    .default(null)
    .describe("Folder for the results, on the server; null: one of the run's own, deleted with the job"),
});

/** @param most characters, and then credentials are bounded too; null: any number. */
function generationText(most: number | null) {
  const text = shortText('gen_kwargs', most);
  const badCredentials = tooManyCredentials('gen_kwargs');
  return most === null ? text : text.refine((given) => !areTooMany(hiddenArguments(given)), badCredentials);
}

/** What may be submitted. */
export const evaluateRequestFields = requestFields(requestLimits);

export const evaluateRequestSchema = requestBody(z.object(evaluateRequestFields));

/** A request as it is kept and shown: earlier versions have accepted longer ones. */
export const keptRequestSchema = requestBody(z.object(requestFields(noLimits)));

/** What of a kept request decides the numbers, beside the tasks. */
export const keptArgumentsSchema = z.object(requestFields(noLimits)).pick({
  ...{ model: true, model_args: true, num_fewshot: true, batch_size: true },
  ...{ device: true, limit: true, gen_kwargs: true, predict_only: true },
});

/** A request to evaluate, read and checked: every field present, absent ones null. */
export type EvaluateRequest = z.infer<typeof evaluateRequestSchema>;

/** What a client should know of a request that was accepted. */
export function evaluateWarnings(request: EvaluateRequest): string[] {
  return [
    ...modelArgsWarnings(request.model_args ?? {}),
    ...(request.limit === -1 ? ['limit -1 means all samples'] : []),
  ];
}
