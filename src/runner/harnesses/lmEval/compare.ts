import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Fault } from '../../../schemas/errors/errors.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import type { JsonValue } from '../../../schemas/values/json.ts';
import { isSpread, modelArguments, processesOf } from './arguments.ts';
import type { Reading, ReadRun, ReadValue } from './reading.ts';

export type RequestedRun = {
  request: EvaluateRequest;
  /** Absolute path of the folder given to it. */
  output: string;
  /** Options that the operator's extra arguments set in the command. */
  operatorOptions: readonly string[];
};

/** What is wrong with what was asked, and what its client should know of it. */
export type Compared = { faults: Fault[]; warnings: string[] };

/** Arguments of a model by which lm-eval names the folder of its results, the first of them that is there. */
const NAMING = ['peft', 'delta', 'pretrained', 'model', 'path', 'engine'];
/** What is known of a model it writes among what is known of each task. */
const VERSION_WARNING =
  'model_args "version" stands in the results of lm-eval in the place of the version of each task, which is not known then';
/** Bytes of a name that file systems take. */
const MOST_NAME = 255;
/** Below the system's 4096, with room for the names of files. */
const MOST_PATH = 3_700;

/** Compares what was asked with what the installed lm-eval makes of the command for it. */
export function compareReading(asked: RequestedRun, { run, failure, notes, installed, version }: Reading): Compared {
  const harness = `lm-eval ${version}`;
  if (run === null) return { faults: [faultOfCommand(asked.request, failure, harness)], warnings: [] };
  const compared = [compareFields(asked, run, harness), compareModelArgs(asked, run, harness)];
  const faults = compared.flatMap((one) => one.faults);
  const warnings = [...compared.flatMap((one) => one.warnings), ...notes.map((note) => `${harness} reads: ${note}`)];
  const place = faultOfFolder(asked, run, harness);
  if (place !== null) faults.push(place);
  const { request } = asked;
  const processes = processesOf(request);
  if (processes > 1 && !installed['accelerate']) {
    const message = `\`num_gpus\` ${processes} cannot be used: the Python of ${harness} has no accelerate, which would start a process for each GPU`;
    faults.push({ path: ['num_gpus'], input: request.num_gpus, message });
  }
  if (request.num_gpus > 1 && processes === 1 && !isSpread(request)) {
    warnings.push(
      `num_gpus ${request.num_gpus}: ${harness} runs the model ${request.model} as one process, which may use one GPU alone`,
    );
  }
  return { faults, warnings };
}

function compareFields({ request, operatorOptions }: RequestedRun, run: ReadRun, harness: string): Compared {
  const faults: Fault[] = [];
  const warnings: string[] = [];
  for (const [field, wanted, got] of fieldsOf(request, run)) {
    if (wanted === got) continue;
    const what = `\`${field}\` ${wanted ?? 'null'} was asked, and ${harness} would run with ${got ?? 'its default'}`;
    // What a request leaves open only the operator can have set; what it does ask must hold.
    if (wanted === null || isSetBy(operatorOptions, field))
      warnings.push(`${what}: this server's extra arguments say so`);
    else faults.push({ path: [field], input: wanted, message: what });
  }
  return { faults, warnings };
}

/** Fields, as they were asked and as they are read; null: not at all. */
function fieldsOf(
  request: EvaluateRequest,
  run: ReadRun,
): [field: string, asked: string | null, read: string | null][] {
  const { limit, num_fewshot, batch_size, device } = request;
  const text = (value: string | number | null) => (value === null || value === '' ? null : String(value));
  const isOn = (value: boolean) => (value ? 'true' : null);
  const fields: [string, string | null, string | null][] = [
    ['model', request.model, textOf(run.model)],
    ['tasks', request.tasks.join(','), run.tasks.join(',')],
    ['num_fewshot', text(num_fewshot), textOf(run.num_fewshot)],
    ['limit', limit === -1 ? null : text(limit), textOf(run.limit)],
    ['predict_only', isOn(request.predict_only), isOn(isTrue(run.predict_only))],
    // What only generates writes its samples in any case.
    ['log_samples', isOn(request.log_samples || isTrue(run.predict_only)), isOn(isTrue(run.log_samples))],
  ];
  if (batch_size !== null) fields.push(['batch_size', text(batch_size), textOf(run.batch_size)]);
  if (device) fields.push(['device', device, textOf(run.device)]);
  return fields;
}

const textOf = (read: ReadValue): string | null => {
  if ('text' in read) return read.text;
  return read.value === null ? null : typeof read.value === 'string' ? read.value : JSON.stringify(read.value);
};

const isTrue = (read: ReadValue): boolean => 'value' in read && read.value === true;

/** Whether the operator's extra arguments set an option; argparse takes the start of a name for it. */
const isSetBy = (options: readonly string[], field: string): boolean =>
  options.some((option) => option !== 'config' && option !== '' && field.startsWith(option));

function compareModelArgs({ request, operatorOptions }: RequestedRun, run: ReadRun, harness: string): Compared {
  const args = modelArguments(request);
  if (args === null) return { faults: [], warnings: [] };
  const faultOf = (name: string, what: string): Fault => ({
    ...{ path: ['model_args', name], input: request.model_args?.[name] ?? null },
    message: `\`model_args\` ${what}`,
  });
  const twice = run.twice.filter((name) => Object.hasOwn(args, name));
  if (twice.length > 0) {
    const faults = twice.map((name) => {
      const field = name in request ? `; use the field \`${name}\` of the request` : '';
      return faultOf(name, `should not have ${JSON.stringify(name)}: ${harness} passes it to the model itself${field}`);
    });
    return { faults, warnings: [] };
  }
  const read: Record<string, JsonValue | undefined> =
    'value' in run.model_args && isRecord(run.model_args.value) ? run.model_args.value : {};
  const others = Object.entries(args)
    .filter(([name, value]) => !isDeepStrictEqual(JSON.parse(JSON.stringify(value)), read[name]))
    .map(([name]) => name);
  const what = (name: string) =>
    `value of ${JSON.stringify(name)} is not passed on as it was asked: ${harness} reads another value`;
  const warnings = Object.hasOwn(args, 'version') ? [VERSION_WARNING] : [];
  if (!isSetBy(operatorOptions, 'model_args'))
    return { faults: others.map((name) => faultOf(name, what(name))), warnings };
  const ofOperator = others.map((name) => `\`model_args\` ${what(name)}, by this server's extra arguments`);
  return { faults: [], warnings: [...warnings, ...ofOperator] };
}

const isRecord = (value: JsonValue): value is { [name: string]: JsonValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What is wrong with where its results would lie, if something is: lm-eval names their folder by the whole name of the
 * model, loses all of them where no file system takes that, and exits 0.
 */
function faultOfFolder({ request, output }: RequestedRun, run: ReadRun, harness: string): Fault | null {
  if (run.output !== output || output.endsWith('.json')) {
    const folder = request.output_dir === null ? `the server's own folder ${output}` : 'it';
    const message = `\`output_dir\` cannot be used: ${harness} would not write into ${folder}; name a folder whose name does not end in .json`;
    return { path: ['output_dir'], input: request.output_dir, message };
  }
  const { folder } = run;
  if (folder === null) return null;
  const place = resolve(output, folder);
  const bytes = Buffer.byteLength(folder);
  const isInside = place === output || dirname(place) === output;
  const isFit = folder.isWellFormed() && !folder.includes('\0');
  if (isInside && isFit && bytes <= MOST_NAME && Buffer.byteLength(place) <= MOST_PATH) return null;
  const name = NAMING.find((key) => (request.model_args?.[key] ?? null) !== null);
  const what = name === undefined ? '`model_args`' : `\`model_args\` value of ${JSON.stringify(name)}`;
  const why = !isInside
    ? 'which would not lie in the output folder; give the whole path of the model'
    : `which no file system takes (${bytes} bytes of the ${MOST_NAME} that a name may have, or a character that none has), so that nothing would be saved: make a short link to the checkpoint (ln -s) and give that`;
  const path = name === undefined ? ['model_args'] : ['model_args', name];
  const input = name === undefined ? request.model_args : request.model_args?.[name];
  return {
    path,
    input,
    message: `${what} cannot be used: ${harness} names the folder of its results by the whole of it, ${why}`,
  };
}

/** The command does not come to an evaluation. The words of argparse name the option. */
function faultOfCommand(request: EvaluateRequest, failure: string | null, harness: string): Fault {
  const words = failure ?? 'it ends without an evaluation';
  const named = /argument (?:-\w\/)?--(\w+)|^ValueError: Invalid JSON/.exec(words);
  const field = named === null ? null : (named[1] ?? 'gen_kwargs');
  const found = Object.entries(request).find(([name]) => name === field);
  if (found === undefined) {
    const message = `\`harness\`: ${harness} would not evaluate with this server's settings (--extra-args, --lm-eval-extra-args): ${words}`;
    return { path: ['harness'], input: 'lm-eval', message };
  }
  const [name, input] = found;
  return { path: [name], input, message: `\`${name}\` cannot be read by ${harness}: ${words}` };
}
