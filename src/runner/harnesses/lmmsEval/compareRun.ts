import { basename, dirname, resolve } from 'node:path';
import type { Fault } from '../../../schemas/errors/errors.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { renderModelArg } from '../../../schemas/submission/modelArgs.ts';
import { type Checked, compareModelArgs } from './compareArgs.ts';
import type { ReadArguments, Reading, ReadRun, ReadValue } from './reading.ts';

export type RequestedRun = {
  request: EvaluateRequest;
  /** Absolute path of the folder given to it. */
  output: string;
  /** Options that the operator's extra arguments set in the command. */
  operatorOptions: readonly string[];
};

const MOST_NAME = 255;
/** Below the system's 4096, with room for the names of files. */
const MOST_PATH = 3_700;
/** Looks like another argument, inside of a value. */
const SWALLOWED = /,\s*[A-Za-z_]\w*\s*=/;

/** Compares what was asked with what the installed lmms-eval makes of the command for it. */
export function compareReading(asked: RequestedRun, reading: Reading): Checked {
  const harness = `lmms-eval ${reading.version}`;
  const all = reading.runs.map((run) => compareRun(asked, run, reading.alone, harness));
  const faults = all.flatMap((one) => one.faults);
  if (reading.runs.length === 0 || (reading.failures.length > 0 && faults.length === 0)) {
    faults.push(faultOfCommand(asked.request, reading.failures, harness));
  }
  return { faults, warnings: [...new Set(all.flatMap(({ warnings }) => warnings))] };
}

function compareRun(asked: RequestedRun, run: ReadRun, alone: readonly string[], harness: string): Checked {
  const { request, operatorOptions } = asked;
  const faults: Fault[] = [];
  const warnings: string[] = [];
  for (const [field, wanted, got] of simpleFields(request, run)) {
    if (wanted === got) continue;
    const what = `\`${field}\` ${wanted ?? 'null'} was asked, and ${harness} would run with ${got ?? 'its default'}`;
    // What a request leaves open only the operator can have set; what it does ask must hold.
    if (wanted === null || isSetBy(operatorOptions, field)) {
      warnings.push(`${what}: this server's --extra-args say so`);
    } else faults.push({ path: [field], input: wanted, message: what });
  }
  if (isSetBy(operatorOptions, 'model_args')) {
    if (request.model_args !== null)
      warnings.push("`model_args` of the request do not count: this server's --extra-args set them");
  } else if (request.model_args !== null && Object.keys(request.model_args).length > 0) {
    const args = compareModelArgs(request.model_args, run.model_args, alone, harness);
    faults.push(...args.faults);
    warnings.push(...args.warnings);
  }
  if (request.gen_kwargs !== null && !isSetBy(operatorOptions, 'gen_kwargs')) {
    const args = compareGeneration(request.gen_kwargs, run.generation, harness);
    faults.push(...args.faults);
    warnings.push(...args.warnings);
  }
  const place = faultOfLocation(asked, run, harness);
  if (place !== null) faults.push(place);
  if (isMisnamed(request, run.name) && !isSetBy(operatorOptions, 'model_args')) {
    warnings.push(
      `${harness} calls the model ${JSON.stringify(run.name.slice(0, MOST_NAME))} in its results, which is from inside another argument's text`,
    );
  }
  return { faults, warnings };
}

/** Fields, as they were asked and as they are read; null: not at all. */
function simpleFields(request: EvaluateRequest, run: ReadRun): [string, string | null, string | null][] {
  const number = (value: number | null) => (value === null ? null : String(value));
  const { tasks } = run;
  // A folder, or a file, of tasks is read by its path.
  const isPath = request.tasks.some((task) => task.includes('/') || /\.ya?ml$/.test(task));
  const limit = textOf(run.limit);
  return [
    ['model', request.model, textOf(run.model)],
    [
      'tasks',
      request.tasks.join(','),
      isPath ? request.tasks.join(',') : tasks.map((task) => task ?? '(a file)').join(','),
    ],
    ['num_fewshot', number(request.num_fewshot), textOf(run.num_fewshot)],
    ['limit', number(request.limit), limit === null ? null : String(Number(limit))],
    ...(request.batch_size === null
      ? []
      : ([['batch_size', String(request.batch_size), textOf(run.batch_size)]] as [string, string, string | null][])),
    ...(request.device ? ([['device', request.device, textOf(run.device)]] as [string, string, string | null][]) : []),
    ['predict_only', switched(request.predict_only), switched(run.predict_only[1] === true)],
    // What only generates writes its samples in any case.
    [
      'log_samples',
      switched(request.log_samples || run.predict_only[1] === true),
      switched(run.log_samples[1] === true),
    ],
    ['gen_kwargs', request.gen_kwargs || null, textOf(run.gen_kwargs) || null],
  ];
}

const switched = (isOn: boolean): string | null => (isOn ? 'true' : null);

const textOf = ([kind, value]: ReadValue): string | null =>
  kind === 'none' ? null : typeof value === 'string' ? value : JSON.stringify(value);

/** Whether the operator's extra arguments set an option; argparse takes the start of a name for it. */
const isSetBy = (options: readonly string[], field: string): boolean =>
  options.some((option) => option !== 'config' && option !== '' && field.startsWith(option));

function compareGeneration(text: string, read: ReadArguments, harness: string): Checked {
  const path = ['gen_kwargs'];
  if ('error' in read) {
    const message = `\`gen_kwargs\` cannot be read by ${harness} (${read.error}); write it as name=value,name=value`;
    return { faults: [{ path, input: text, message }], warnings: [] };
  }
  const faults = read.values.flatMap(([name, value]) => {
    if (value[0] !== 'str' || value[2] || !SWALLOWED.test(value[1]) || isJson(value[1])) return [];
    const message = `\`gen_kwargs\` value of ${JSON.stringify(name)} is read by ${harness} together with what follows it; close its quotes, brackets and braces, or give it as the last one`;
    return [{ path, input: text, message }];
  });
  const warnings = read.values.flatMap(([name, value]) =>
    value[0] === 'float' && !Number.isFinite(Number(value[1]))
      ? [`gen_kwargs ${JSON.stringify(name)} arrives as a number that is not finite: ${value[1]}`]
      : [],
  );
  const kept = read.values.filter(([, value]) => value[0] === 'str' && /^\s*["'[{]/.test(value[1]));
  warnings.push(
    ...kept.map(([name]) => `gen_kwargs ${JSON.stringify(name)} arrives as text, its quotes and brackets included`),
  );
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const piece of text.split(',')) {
    const name = /^\s*(\w+)=/.exec(piece)?.[1];
    if (name !== undefined) (seen.has(name) ? repeated : seen).add(name);
  }
  const twice = read.values.map(([name]) => name).filter((name) => repeated.has(name));
  warnings.push(...twice.map((name) => `gen_kwargs has ${JSON.stringify(name)} more than once: the last one counts`));
  return { faults, warnings };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * What is wrong with where a harness would write, if something is. What it makes of its path is never shown: it may have
 * put a token of the environment there.
 */
export function faultOfLocation(
  { request, output }: Omit<RequestedRun, 'operatorOptions'>,
  run: Pick<ReadRun, 'output' | 'place'>,
  harness: string,
): Fault | null {
  if (run.output !== output) {
    const folder = request.output_dir === null ? `the server's own folder ${output}` : 'it';
    const message = `\`output_dir\` cannot be used: ${harness} would not write to ${folder}, but to what it reads in the path; name a folder without commas, quotes, brackets, braces and blanks at its end`;
    return { path: ['output_dir'], input: request.output_dir, message };
  }
  const place = resolve(run.place ?? output);
  const isInside = place === output || dirname(place) === output;
  const isLong = Buffer.byteLength(basename(place)) > MOST_NAME || Buffer.byteLength(place) > MOST_PATH;
  if (isInside && !isLong && !place.includes('\0')) return null;
  const named = run.place?.slice(output.length + 1) ?? '';
  const arg = Object.entries(request.model_args ?? {}).find(
    ([, value]) => typeof value === 'string' && named !== '' && value.includes(named),
  );
  const [name, input] = arg ?? [null, request.model_args];
  const what = name === null ? '`model_args`' : `\`model_args\` value of ${JSON.stringify(name)}`;
  const why = isInside ? 'whose name no file system takes' : 'which would not lie in the output folder';
  const message = `${what} cannot be used: ${harness} names the folder of its results by it, ${why}; give the whole path of the model, or a link to it with another name`;
  return { path: ['model_args', ...(name === null ? [] : [name])], input, message };
}

/** The name is looked for in the text of all arguments: it may be found where none was meant. */
function isMisnamed({ model_args }: EvaluateRequest, name: string): boolean {
  const values = Object.values(model_args ?? {}).map((value) => renderModelArg(value));
  return name !== '' && !values.some((value) => value.split(',')[0]?.trim() === name.trim());
}

/** The command does not come to an evaluation. The words of argparse name the option. */
function faultOfCommand(request: EvaluateRequest, failures: readonly string[], harness: string): Fault {
  const words = failures[0] ?? 'it ends without an evaluation';
  const field = /argument (?:-\w\/)?--(\w+)/.exec(words)?.[1];
  const found = Object.entries(request).find(([name]) => name === field);
  if (found !== undefined) {
    const [name, input] = found;
    return { path: [name], input, message: `\`${name}\` cannot be read by ${harness}: ${words}` };
  }
  const isOutput = words.includes('output_path') || /^(TypeError|ValueError)/.test(words);
  const path = isOutput ? 'output_dir' : 'tasks';
  const input = isOutput ? request.output_dir : request.tasks.join(',');
  return { path: [path], input, message: `\`${path}\` cannot be used: ${harness} would not evaluate (${words})` };
}
