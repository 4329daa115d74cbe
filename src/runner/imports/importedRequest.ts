import type { z } from 'zod';
import { type EvaluateRequest, evaluateRequestFields } from '../../schemas/submission/evaluateRequest.ts';
import type { ModelArgs } from '../../schemas/submission/modelArgs.ts';
import { requestLimits } from '../../schemas/values/limits.ts';
import { splitModelArgs } from '../harnesses/demo/modelArgs.ts';
import type { ResultsFile } from '../results/files/resultsFile.ts';

type Field = keyof EvaluateRequest;

/**
 * The request that results are of, as far as they say: a field that they do not name is as if it was not asked, one that evald would not
 * take is left out with a warning. Null when they do not name the model.
 * @param folder in which the results file lies. @param hasSamples whether samples were written.
 */
export function importedRequest(
  file: ResultsFile,
  folder: string,
  hasSamples: boolean,
): { request: EvaluateRequest; warnings: string[] } | null {
  const { config } = file;
  const asked = { ...asRecord(config['resolved_cli_args']), ...config };
  const warnings: string[] = [];
  const field = <F extends Field>(name: F, value: unknown, otherwise: EvaluateRequest[F]): EvaluateRequest[F] => {
    if (value === undefined || value === null) return otherwise;
    const schema: z.ZodType = evaluateRequestFields[name];
    const read = schema.safeParse(value);
    if (read.success) return read.data as EvaluateRequest[F];
    warnings.push(`${name} of its results is left out: it is none that a request may have`);
    return otherwise;
  };
  const model = field('model', [asked['model'], file.model_source, file.model_name].find(isName), '');
  if (model === '') return null;
  const request: EvaluateRequest = {
    model,
    tasks: tasksOf(file, asked['tasks'], warnings),
    model_args: field('model_args', argumentsOf(asked['model_args']), null),
    num_fewshot: field('num_fewshot', asked['num_fewshot'], null),
    batch_size: field('batch_size', asked['batch_size'], null),
    device: field('device', asked['device'], null),
    limit: field('limit', asked['limit'], null),
    gen_kwargs: field('gen_kwargs', generationOf(asked['gen_kwargs']), null),
    log_samples: hasSamples,
    predict_only: asked['predict_only'] === true,
    num_gpus: 1,
    output_dir: folder,
  };
  return { request, warnings };
}

/** Those that were asked for; where that is not noted, what has results and is no part of a group. */
function tasksOf(file: ResultsFile, asked: unknown, warnings: string[]): string[] {
  const named = typeof asked === 'string' ? asked.split(',') : Array.isArray(asked) ? asked.filter(isName) : [];
  const parts = new Set(Object.values(file.group_subtasks).flat());
  const all = Object.keys(file.results);
  const roots = all.filter((name) => !parts.has(name));
  const found = [named.map((name) => name.trim()), roots, all].find((names) => names.some((name) => name !== '')) ?? [];
  const fit = found.filter((name) => evaluateRequestFields.tasks.safeParse([name]).success);
  if (fit.length < found.length) warnings.push('tasks with names that a request may not have are left out of it');
  const few = fit.slice(0, requestLimits.tasks);
  return evaluateRequestFields.tasks.safeParse(few).success ? few : few.filter((name) => !/[*?[]/.test(name));
}

/** lm-eval notes an object or a text, lmms-eval a text. */
function argumentsOf(given: unknown): unknown {
  if (typeof given !== 'string') return given;
  if (given.trim() === '') return null;
  try {
    const pairs = splitModelArgs(given).flatMap(([name, value]) => (value === 'None' ? [] : [[name, typed(value)]]));
    return Object.fromEntries(pairs) as ModelArgs;
  } catch {
    // No text of arguments: it is left out, and said so.
    return given;
  }
}

function typed(text: string): string | number | boolean {
  if (text === 'True' || text === 'False') return text === 'True';
  return text !== '' && String(Number(text)) === text && Number.isFinite(Number(text)) ? Number(text) : text;
}

function generationOf(given: unknown): unknown {
  if (given === '') return null;
  if (typeof given !== 'object' || given === null) return given;
  const parts = Object.entries(given).map(([name, value]) => {
    return `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  return parts.length === 0 ? null : parts.join(',');
}

const isName = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
