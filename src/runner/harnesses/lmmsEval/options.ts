import { resolve } from 'node:path';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { renderModelArgs } from '../../../schemas/submission/modelArgs.ts';
import { startFolder } from '../../folders/workingFolder.ts';

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

/** Names of the options that the operator's extra arguments set: these a request does not decide alone. */
export function optionsIn(extraArgs: readonly string[]): string[] {
  return extraArgs.flatMap((word) => /^--([^=]+)/.exec(word)?.[1] ?? []);
}

/** The value of an option in the operator's extra arguments, the last one as argparse takes it; null when not there. */
export function valueInExtraArgs(extraArgs: readonly string[], name: string): string | null {
  const last = extraArgs.findLastIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  const word = extraArgs[last];
  if (word === undefined) return null;
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : (extraArgs[last + 1] ?? null);
}

/** Options of lmms-eval whose value is a path that is there before a run. */
const PATHS = /^--(include_path|config)$/;

/**
 * The operator's extra arguments, with paths from where the server was started: a run may start elsewhere, when that folder is
 * gone.
 */
export function anchored(extraArgs: readonly string[]): string[] {
  return extraArgs.map((word, index) => {
    if (PATHS.test(extraArgs[index - 1] ?? '')) return resolve(startFolder, word);
    const [, option, value] = /^(--[^=]+)=(.+)$/s.exec(word) ?? [];
    return value !== undefined && PATHS.test(option ?? '') ? `${option}=${resolve(startFolder, value)}` : word;
  });
}
