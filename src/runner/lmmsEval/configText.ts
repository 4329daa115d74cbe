import { type ModelArgs, renderModelArgs } from '../../schemas/modelArgs.ts';
import { UnavailableError } from '../contract.ts';

const notOne = new UnavailableError('the configuration of --extra-args is none', { kind: 'settings' });

/** What YAML does not take as it is, or Python may misread in another encoding. */
const UNSAFE = /[\x7f-\uffff]/g;

/**
 * A configuration file for lmms-eval's `--config`: the model's arguments, as `--model_args` takes them, in each of the
 * configurations that the operator's own file has. It is JSON and YAML at once.
 * @throws UnavailableError when the operator's is no configuration.
 */
export function configText(operators: unknown, modelArgs: ModelArgs): string {
  const all = (Array.isArray(operators) ? operators : [operators]).map((config: unknown) => {
    if (typeof config !== 'object' || config === null) throw notOne;
    return { ...config, model_args: renderModelArgs(modelArgs) };
  });
  const text = JSON.stringify(Array.isArray(operators) ? all : all[0], null, 1);
  // A character beyond U+FFFF is two of these here, which YAML would read as two: it takes them as they are.
  return text.replaceAll(UNSAFE, (char) =>
    /[\ud800-\udfff]/.test(char) ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
