import { UnavailableError } from '../../../machines/ports/runner.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { renderModelArgs } from '../../../schemas/submission/modelArgs.ts';

const notOne = new UnavailableError('the configuration of --extra-args is none', { kind: 'settings' });

/** What YAML does not take as it is, or Python may misread in another encoding. */
const UNSAFE = /[\x7f-\uffff]/g;

/** What of a request a configuration file has, and a command line, which every user of the machine can read, has not. */
export type Arguments = Pick<EvaluateRequest, 'model_args' | 'gen_kwargs'>;

/** A request as its command line says it when a configuration file has its arguments. */
export const withoutArguments = (request: EvaluateRequest): EvaluateRequest => ({
  ...request,
  model_args: null,
  gen_kwargs: null,
});

/**
 * A configuration file for lmms-eval's `--config`: the arguments of the model and of generation, as `--model_args` and
 * `--gen_kwargs` take them, in each of the configurations that the operator's own file has. It is JSON and YAML at once.
 * @throws UnavailableError when the operator's is no configuration.
 */
export function configText(operators: unknown, request: Arguments): string {
  const { model_args, gen_kwargs } = request;
  // What a request leaves open the operator's file may say.
  const asked = { ...(model_args && { model_args: renderModelArgs(model_args) }), ...(gen_kwargs && { gen_kwargs }) };
  const all = (Array.isArray(operators) ? operators : [operators]).map((config: unknown) => {
    if (typeof config !== 'object' || config === null) throw notOne;
    return { ...config, ...asked };
  });
  const text = JSON.stringify(Array.isArray(operators) ? all : all[0], null, 1);
  // A character beyond U+FFFF is two of these here, which YAML would read as two: it takes them as they are.
  return text.replaceAll(UNSAFE, (char) =>
    /[\ud800-\udfff]/.test(char) ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
