import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import type { ModelArgs } from '../../../schemas/submission/modelArgs.ts';

/** Models that are run as a process a GPU, by accelerate: transformers', and what is made of them. */
const BY_ACCELERATE = /^(?:hf|hf-[\w-]+|huggingface|steered)$/;
/** Models that are one process, which starts another one for each GPU. */
const BY_THEMSELVES = new Set(['vllm', 'vllm-vlm']);
const SPREAD = ['tensor_parallel_size', 'data_parallel_size', 'pipeline_parallel_size'];

/** How many processes evaluate. A model that is spread over the GPUs by itself is one. */
export function processesOf({ model, model_args, num_gpus }: EvaluateRequest): number {
  return BY_ACCELERATE.test(model) && !isOn(model_args?.['parallelize']) ? num_gpus : 1;
}

const isOn = (value: unknown): boolean => value === true || value === 'True' || value === 'true';

/** The arguments of the model as they are given to it: those that are null are left out; null: there are none. */
export function modelArguments({ model, model_args, num_gpus }: EvaluateRequest): ModelArgs | null {
  const asked = Object.entries(model_args ?? {}).filter(([, value]) => value !== null);
  if (num_gpus > 1 && BY_THEMSELVES.has(model) && !asked.some(([name]) => SPREAD.includes(name)))
    asked.push(['tensor_parallel_size', num_gpus]);
  return asked.length === 0 ? null : Object.fromEntries(asked);
}

/** Whether one process is to use several GPUs. */
export function isSpread(request: EvaluateRequest): boolean {
  const names = Object.keys(modelArguments(request) ?? {});
  return (
    isOn(request.model_args?.['parallelize']) ||
    names.some((name) => SPREAD.includes(name) || /(^|_)[td]p_size$/.test(name))
  );
}

/** JSON in ASCII: it arrives the same in whichever encoding it is read. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\x7f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * The same for a reader of YAML 1.1: to it a character beyond U+FFFF is not two, and `1e-7` is no number without a point.
 */
export function asciiYaml(value: unknown): string {
  const text = JSON.stringify(
    value,
    (_, one: unknown) =>
      typeof one === 'number' && /^-?\de/.test(String(one)) ? JSON.rawJSON(String(one).replace('e', '.0e')) : one,
    1,
  );
  return text.replaceAll(/[\x7f-\u{10ffff}]/gu, (char) => {
    const code = (char.codePointAt(0) ?? 0).toString(16);
    return char.length === 1 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
  });
}
