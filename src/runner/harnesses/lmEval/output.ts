import type { ResolvedTask } from '../../../schemas/job/run.ts';
import { readLmEvalName } from '../../../schemas/results/samplesName.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import type { ResultsFile } from '../../results/files/resultsFile.ts';
import { noLogErrors, type OutputFile, type OutputFormat } from '../../results/judging/outputFormat.ts';
import { isSameArgument, isSameStructure, shown } from '../lmmsEval/provenance.ts';
import { modelArguments } from './arguments.ts';
import { readFailure } from './failures.ts';

/** How lm-eval writes. */
export const lmEvalOutput: OutputFormat = {
  readPath,
  readFailure,
  // An answer that its model did not get ends a run, or is empty.
  readLogErrors: async () => noLogErrors(),
  // It names the folder of the samples alone, which runs of one model have in common.
  savedSamples: null,
  differenceOf,
};

/** As `OutputFormat.readPath`: `<model>/results_<stamp>.json`, `<model>/samples_<task>_<stamp>.jsonl`. */
function readPath(path: string): OutputFile | null {
  const slash = path.indexOf('/');
  const named = readLmEvalName(path.slice(slash + 1));
  if (named === null) return null;
  const { stamp, task } = named;
  return { path, folder: path.slice(0, Math.max(slash, 0)), stamp, kind: task === null ? 'results' : 'samples' };
}

/** Compares what changes the numbers: what a file does not note, or the operator's extra arguments set, says nothing. */
function differenceOf(
  file: ResultsFile,
  request: EvaluateRequest,
  operatorOptions: readonly string[],
  resolved?: readonly ResolvedTask[],
): string | null {
  const { config } = file;
  const isOurs = (name: string, isAsked: boolean) =>
    name in config && !operatorOptions.includes(name) && (isAsked || !operatorOptions.includes('config'));
  const asked = new Set(resolved?.flatMap(({ tasks }) => tasks));
  const other = resolved && Object.keys(file.configs).find((task) => !asked.has(task));
  if (other !== undefined) return `it has the task ${shown(other)}, which was not asked`;

  const shots = otherShots(file, request.num_fewshot, operatorOptions);
  if (shots !== null) return different('num_fewshot', shots, request.num_fewshot);

  const { limit, gen_kwargs, batch_size, device } = request;
  const args = modelArguments(request);
  const simple = [
    ['model', request.model],
    ['limit', limit === -1 ? null : limit],
    ...(batch_size === null ? [] : [['batch_size', batch_size] as const]),
    ...(device ? [['device', device] as const] : []),
  ] as const;
  for (const [name, wanted] of simple) {
    const noted = config[name] ?? null;
    if (!isOurs(name, wanted !== null) || String(noted) === String(wanted)) continue;
    return different(name, noted, wanted);
  }
  if (isOurs('model_args', args !== null) && !areSameArguments(config['model_args'], args, operatorOptions)) {
    return different('model_args', config['model_args'], args);
  }
  const generation = config['gen_kwargs'] ?? {};
  if (isOurs('gen_kwargs', Boolean(gen_kwargs)) && !isSameGeneration(generation, gen_kwargs ?? '')) {
    return different('gen_kwargs', generation, gen_kwargs);
  }
  return null;
}

/**
 * How many examples a task had that are not as many as were asked; null: none had others. What was asked is not in
 * `config`. A task whose definition has none keeps none, whatever is asked; all others have what is asked.
 */
function otherShots(file: ResultsFile, asked: number | null, operatorOptions: readonly string[]): number | null {
  if (asked === null || operatorOptions.includes('num_fewshot')) return null;
  const shots = Object.values(file['n-shot']).filter((shown) => typeof shown === 'number');
  return shots.find((shown) => shown !== 0 && shown !== asked) ?? null;
}

const different = (name: string, noted: unknown, wanted: unknown): string =>
  `${name} is ${shown(noted)} in it, and ${shown(wanted)} was asked`;

/** `--trust_remote_code` becomes an argument of the model. */
function areSameArguments(noted: unknown, asked: object | null, operatorOptions: readonly string[]): boolean {
  const { trust_remote_code: _, ...rest } = { ...(noted as object | null) } as Record<string, unknown>;
  const isTrusted = operatorOptions.includes('trust_remote_code') && !('trust_remote_code' in (asked ?? {}));
  return isSameArgument(isTrusted ? rest : (noted ?? {}), asked ?? {});
}

/** What is written with quotes or brackets only lm-eval can read. */
function isSameGeneration(noted: unknown, asked: string): boolean {
  if (typeof noted !== 'object' || noted === null) return asked === '';
  if (asked === '' || Object.keys(noted).length === 0) return asked === '' && Object.keys(noted).length === 0;
  return /["'[{]/.test(asked) || isSameStructure(noted, asked);
}
