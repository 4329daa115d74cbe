import { readValue } from '../../text/values.ts';
import type { Given } from '../commands/verb.ts';
import { choice, duration, type Flag, number, text, texts, toggle } from '../frame/flag.ts';
import type { Body } from './sweep.ts';
import { readPairs } from './values.ts';

const brief = { brief: true } as const;

/** A value as it is written. */
const value = (shown: string, more: { brief?: true } = brief): Flag<string | undefined> => text(shown, '', more);

/** A flag for each field of a submission. */
export const fieldFlags = {
  model: text('NAME', '', brief),
  task: texts('NAME', '', brief),
  harness: value('NAME'),
  split: toggle('each task in a run of its own, one after the other', brief),
  modelArgs: texts('K=V,…', 'arguments of the model', { short: 'a' }),
  label: texts('K=V', 'to find the job by; may be given several times', { short: 'l' }),
  after: texts('ID', 'start it when that job has completed; several times', {}),
  readyFile: value('NAME'),
  readyTimeout: duration('AGE', '', brief),
  afterAny: toggle('', brief),
  numFewshot: number('N', '', brief),
  batchSize: value('N|auto'),
  device: value('NAME'),
  limit: number('N', '', brief),
  genKwargs: value('K=V,…'),
  logSamples: choice(['true', 'false'], '', brief),
  predictOnly: toggle('', brief),
  numGpus: number('N', '', brief),
  cpus: number('N', '', brief),
  memory: value('16G'),
  pool: value('NAME'),
  outputDir: value('PATH'),
  priority: number('N', '', brief),
  timeout: duration('AGE', '', brief),
  stallTimeout: duration('AGE', '', brief),
  retry: value('N'),
  callbackUrl: value('URL'),
  engineArgs: value('WORDS'),
};

type Fields = Given<typeof fieldFlags>;

/** What flags say of a submission; fields that they do not name are left out. @param after the ids of `--after`. @throws UsageError */
export function bodyOf(given: Fields, after: readonly string[]): Body {
  const { model, task, modelArgs, label, batchSize, logSamples, predictOnly, afterAny } = given;
  const body = {
    model,
    harness: given.harness,
    split: given.split || undefined,
    tasks: task.length === 0 ? undefined : task.flatMap((names) => names.split(',')),
    model_args: modelArgs.length === 0 ? undefined : readPairs('--model-args', modelArgs, { list: true }),
    num_fewshot: given.numFewshot,
    batch_size: batchSize === undefined ? undefined : readValue(batchSize),
    device: given.device,
    limit: given.limit,
    gen_kwargs: given.genKwargs,
    log_samples: logSamples === undefined ? undefined : logSamples === 'true',
    predict_only: predictOnly || undefined,
    num_gpus: given.numGpus,
    cpus: given.cpus,
    memory: given.memory,
    pool: given.pool,
    output_dir: given.outputDir,
    labels: label.length === 0 ? undefined : readPairs('--label', label, { list: false }),
    priority: given.priority,
    timeout: given.timeout,
    stall_timeout: given.stallTimeout,
    retry: given.retry,
    callback_url: given.callbackUrl,
    engine_args: given.engineArgs,
    ready_file: given.readyFile,
    ready_timeout: given.readyTimeout,
    after: after.length === 0 ? undefined : [...after],
    after_any: afterAny || undefined,
  };
  return Object.fromEntries(Object.entries(body).filter(([, each]) => each !== undefined)) as Body;
}

/** What the flags say beside what a file does: of arguments and labels both, of all else the flags'. */
export function merged(file: Body, flags: Body): Body {
  const both = (field: string) => {
    const [one, other] = [file[field], flags[field]];
    return isObject(one) && isObject(other) ? { [field]: { ...one, ...other } } : {};
  };
  return { ...file, ...flags, ...both('model_args'), ...both('labels') };
}

const isObject = (each: unknown): each is Body => typeof each === 'object' && each !== null && !Array.isArray(each);
