import type { PreparedRun } from '../../../machines/ports/runner.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import type { ResultsFile } from '../files/resultsFile.ts';

const MOST_NAMED = 5;
const HIDDEN = '[REDACTED]';
const LONGEST_SHOWN = 100;
/** Arguments of generation that are compared, and characters of the name of one. */
const MOST_GIVEN = 100;
const LONGEST_GIVEN = 100;

/**
 * Where what ran differs from what was asked, as far as the results say: one warning a difference, with the tasks that it
 * is of. What the check before the launch found odd comes first.
 */
export function differencesOf(file: ResultsFile, request: EvaluateRequest, run: PreparedRun): string[] {
  const tasksOf = new Map<string, string[]>();
  const note = (what: string, task: string) => {
    const tasks = tasksOf.get(what);
    if (tasks === undefined) tasksOf.set(what, [task]);
    else tasks.push(task);
  };
  const given = givenByAll(file, request);
  for (const task of Object.keys(file.configs)) {
    for (const what of differencesOfTask(file, request, task, given)) note(what, task);
  }
  const ofTasks = [...tasksOf].map(([what, tasks]) => `${what}: ${named(tasks)}`);
  return [...new Set([...(run.warnings ?? []), ...differencesOfRun(file, request), ...ofTasks])];
}

function differencesOfTask(file: ResultsFile, request: EvaluateRequest, task: string, given: Given): string[] {
  const differences = [fewshot(file, request, task), limited(file, request, task)];
  return [...differences.filter((one) => one !== null), ...generated(file, given, task)];
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

/** Arguments of generation that were asked, as the run notes them: names and JSON. Each task is compared with all. */
type Given = readonly (readonly [name: string, text: string])[] | null;

function givenByAll({ config }: ResultsFile, { gen_kwargs: asked }: EvaluateRequest): Given {
  const { gen_kwargs: read } = config;
  if (!asked || typeof read !== 'object' || read === null) return null;
  const entries = Object.entries(read).slice(0, MOST_GIVEN);
  return entries.flatMap(([name, value]) =>
    value === HIDDEN || name.length > LONGEST_GIVEN ? [] : [[name, JSON.stringify(value) ?? ''] as const],
  );
}

/** What the model was given by a task, beside what was asked. */
function generated(file: ResultsFile, asked: Given, task: string): string[] {
  if (asked === null) return [];
  const { output_type: kind, generation_kwargs: given } = file.configs[task] ?? {};
  if (typeof kind === 'string' && !kind.includes('generate_until')) {
    return [`gen_kwargs were asked, and do not apply to a task of the type ${kind.slice(0, LONGEST_SHOWN)}`];
  }
  if (typeof given !== 'object' || given === null) return [];
  const values = new Map<string, unknown>(Object.entries(given));
  return asked.flatMap(([name, text]) => {
    const used = values.get(name);
    if (JSON.stringify(used) === text) return [];
    return [
      `gen_kwargs ${name}=${text.slice(0, LONGEST_SHOWN)} was asked, and the task has ${used === undefined ? 'none' : shown(used)}`,
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

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, LONGEST_SHOWN);

function named(tasks: readonly string[]): string {
  const more = tasks.length > MOST_NAMED ? ` and ${tasks.length - MOST_NAMED} more` : '';
  return tasks.slice(0, MOST_NAMED).join(', ') + more;
}
