import { parse } from 'yaml';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import type { ModelArgs } from '../../../schemas/submission/modelArgs.ts';

/** Arguments by which a model is spread over several GPUs. */
const SPREAD = ['tensor_parallel_size', 'data_parallel_size', 'pipeline_parallel_size', 'tp_size', 'dp_size'];
/** Of a provider the argument that spreads a model, where it takes one. */
const SPREAD_BY: Readonly<Record<string, string>> = { vllm: 'tensor_parallel_size', sglang: 'tp_size' };

/** The provider of a model: what stands before the first `/` of its name; the whole where there is none. */
export const providerOf = ({ model }: Pick<EvaluateRequest, 'model'>): string => model.split('/', 1)[0] ?? model;

/** The arguments of the model as they are given to it: those that are null are left out. */
export function modelArguments(request: EvaluateRequest): ModelArgs {
  const { model_args, num_gpus, device } = request;
  const asked = Object.fromEntries(Object.entries(model_args ?? {}).filter(([, value]) => value !== null));
  const spread = SPREAD_BY[providerOf(request)];
  if (num_gpus > 1 && spread !== undefined && !isSpread(asked)) asked[spread] = num_gpus;
  if (device && providerOf(request) === 'hf') asked['device'] ??= device;
  return asked;
}

/** Whether one process is to use several GPUs. */
export const isSpread = (args: ModelArgs): boolean => SPREAD.some((name) => Object.hasOwn(args, name));

/**
 * What `gen_kwargs` says: a JSON object, or `name=value,…` with values as YAML has them. @throws Error that says what is wrong.
 */
export function generationArguments(text: string | null): Record<string, unknown> {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return {};
  if (trimmed.startsWith('{')) {
    const read: unknown = JSON.parse(trimmed);
    return { ...Object(read) };
  }
  return Object.fromEntries(trimmed.split(',').map(readPair));
}

function readPair(pair: string): [string, unknown] {
  const at = pair.indexOf('=');
  const name = pair.slice(0, Math.max(0, at)).trim();
  if (name === '') throw new Error(`${JSON.stringify(pair)} is no name=value`);
  return [name, parse(pair.slice(at + 1))];
}
