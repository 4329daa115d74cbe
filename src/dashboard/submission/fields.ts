import { evaluateRequestFields } from '../../schemas/submission/evaluateRequest.ts';
import { jobOptionsFields } from '../../schemas/submission/jobOptions.ts';

const fields = { ...evaluateRequestFields, ...jobOptionsFields };

/** A field of a submission. */
export type FieldName = keyof typeof fields;

/** Those that are yes or no. */
export const flagNames = ['log_samples', 'predict_only', 'after_any', 'split'] as const;
export type FlagName = (typeof flagNames)[number];

type Structured = 'model' | 'tasks' | 'model_args' | 'labels';

/** Those that are typed as one text. */
export const textNames = (Object.keys(fields) as FieldName[]).filter(
  (name) => !['model', 'tasks', 'model_args', 'labels', ...flagNames].includes(name),
) as Exclude<FieldName, Structured | FlagName>[];
export type TextName = (typeof textNames)[number];

/** What a field means, as the interface describes it. */
export const helpOf = (name: FieldName): string => (fields[name].description ?? '').replaceAll('`', '');

/** What fields are called. */
export const labels: { readonly [name in FieldName]: string } = {
  model: 'Model',
  tasks: 'Tasks',
  harness: 'Harness',
  split: 'One run a task',
  model_args: 'Arguments of the model',
  num_fewshot: 'Examples before a question',
  batch_size: 'Batch size',
  device: 'Device',
  limit: 'Limit',
  gen_kwargs: 'Generation',
  log_samples: 'Log samples',
  predict_only: 'Predict only',
  num_gpus: 'GPUs',
  cpus: 'CPUs',
  memory: 'Memory',
  pool: 'Pool of devices',
  output_dir: 'Output folder',
  labels: 'Labels',
  priority: 'Priority',
  timeout: 'Timeout',
  stall_timeout: 'Stall timeout',
  retry: 'Try again',
  callback_url: 'Callback URL',
  engine_args: 'Engine arguments',
  ready_file: 'Ready file',
  ready_timeout: 'Ready timeout',
  after: 'After',
  after_any: 'After, however they end',
};

/** What may be typed, as an example. */
export const examples: { readonly [name in TextName]?: string } = {
  harness: 'the default of the server',
  num_fewshot: 'as the task says',
  batch_size: '1, auto, auto:4',
  device: 'cuda:0',
  limit: 'all samples',
  gen_kwargs: 'temperature=0,max_new_tokens=512',
  num_gpus: '1',
  cpus: 'as the server is set',
  memory: '16G',
  pool: 'the first of the server',
  output_dir: "a folder of the run's own",
  priority: '0',
  timeout: 'as the server is set',
  stall_timeout: 'as the server is set',
  retry: 'as the server is set; 2, or 2:lost,preempted',
  callback_url: 'https://example.org/hook',
  engine_args: '--partition=long',
  ready_file: 'trainer_state.json',
  ready_timeout: 'it waits on',
  after: 'ids of jobs',
};
