import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { renderModelArgs } from '../../../schemas/submission/modelArgs.ts';

/** Option → its value as text, or true for a switch. In the order of lmms-eval's own server. */
export type LmmsEvalOptions = ReadonlyMap<string, string | true>;

/** What a request asks of lmms-eval, beside the output path. What is null or empty is left to lmms-eval. */
export function optionsOf(request: EvaluateRequest): LmmsEvalOptions {
  const options = new Map<string, string | true>();
  const set = (name: string, value: string | number | null) => {
    if (value !== null && value !== '') options.set(name, String(value));
  };
  set('model', request.model);
  set('tasks', request.tasks.join(','));
  set('model_args', request.model_args === null ? null : renderModelArgs(request.model_args));
  set('batch_size', request.batch_size);
  set('device', request.device);
  set('limit', request.limit);
  set('num_fewshot', request.num_fewshot);
  set('gen_kwargs', request.gen_kwargs);
  if (request.log_samples) options.set('log_samples', true);
  if (request.predict_only) options.set('predict_only', true);
  return options;
}
