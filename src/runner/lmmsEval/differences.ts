import type { EvaluateRequest } from '../../schemas/evaluateRequest.ts';
import type { PreparedRun } from '../contract.ts';
import type { ResultsFile } from './resultsFile.ts';

const MOST_NAMED = 5;
const HIDDEN = '[REDACTED]';

/**
 * Where what ran differs from what was asked, as far as the results say: one warning a difference, with the tasks that it
 * is of. What the check before the launch found odd comes first.
 */
export function differencesOf(file: ResultsFile, request: EvaluateRequest, run: PreparedRun): string[] {
  const tasksOf = new Map<string, string[]>();
  const note = (what: string, task: string) => tasksOf.set(what, [...(tasksOf.get(what) ?? []), task]);
  for (const task of Object.keys(file.configs)) {
    for (const what of differencesOfTask(file, request, task)) note(what, task);
  }
  const ofTasks = [...tasksOf].map(([what, tasks]) => `${what}: ${named(tasks)}`);
  return [...new Set([...(run.warnings ?? []), ...differencesOfRun(file, request), ...ofTasks])];
}

function differencesOfTask(file: ResultsFile, request: EvaluateRequest, task: string): string[] {
  const differences = [fewshot(file, request, task), limited(file, request, task)];
  return [...differences.filter((one) => one !== null), ...generated(file, request, task)];
}

/** A task may fix how many examples are shown. */
function fewshot(file: ResultsFile, { num_fewshot: asked }: EvaluateRequest, task: string): string | null {
  const shown = file['n-shot'][task];
  if (asked === null || typeof shown !== 'number' || shown === asked) return null;
  return `num_fewshot ${asked} was asked, and the task itself has ${shown}`;
}

/** A count is cut to what a task has; a fraction is one of each task. lmms-eval 0.7.3 takes that of the first for all. */
function limited(file: ResultsFile, { limit }: EvaluateRequest, task: string): string | null {
  const { original, effective } = file['n-samples'][task] ?? {};
  if (typeof original !== 'number' || typeof effective !== 'number') return null;
  const all = limit === null || limit === -1;
  const expected = all ? original : limit < 1 ? Math.ceil(original * limit) : Math.min(limit, original);
  if (effective === expected) return null;
  return `limit ${all ? 'none' : limit} was asked, and the task took ${effective} of ${original} samples`;
}

/** What the model was given by a task, beside what was asked. */
function generated(file: ResultsFile, { gen_kwargs: asked }: EvaluateRequest, task: string): string[] {
  const { gen_kwargs: read } = file.config;
  if (!asked || typeof read !== 'object' || read === null) return [];
  const { output_type: kind, generation_kwargs: given } = file.configs[task] ?? {};
  if (typeof kind === 'string' && !kind.includes('generate_until')) {
    return [`gen_kwargs were asked, and do not apply to a task of the type ${kind}`];
  }
  if (typeof given !== 'object' || given === null) return [];
  const values = new Map<string, unknown>(Object.entries(given));
  return Object.entries(read).flatMap(([name, value]) => {
    const used = values.get(name);
    if (value === HIDDEN || JSON.stringify(used) === JSON.stringify(value)) return [];
    return [
      `gen_kwargs ${name}=${shown(value)} was asked, and the task has ${used === undefined ? 'none' : shown(used)}`,
    ];
  });
}

/** What holds for all tasks. */
function differencesOfRun({ config }: ResultsFile, request: EvaluateRequest): string[] {
  const { resolved_cli_args: noted } = config;
  const args = new Map<string, unknown>(typeof noted === 'object' && noted !== null ? Object.entries(noted) : []);
  return (['batch_size', 'device', 'predict_only'] as const).flatMap((name) => {
    const asked = request[name];
    const used = args.get(name);
    if (asked === null || asked === false || asked === '' || used === null || used === undefined) return [];
    return String(used) === String(asked) ? [] : [`${name} ${asked} was asked, and it ran with ${shown(used)}`];
  });
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 100);

function named(tasks: readonly string[]): string {
  const more = tasks.length > MOST_NAMED ? ` and ${tasks.length - MOST_NAMED} more` : '';
  return tasks.slice(0, MOST_NAMED).join(', ') + more;
}
