import type { ResolvedTask } from '../../../schemas/job/run.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { asciiJson, modelArguments, processesOf } from './arguments.ts';

/** What is asked, and how it is given. */
export type AskedRun = {
  request: EvaluateRequest;
  /** Absolute path of the folder for results. */
  output: string;
  /** Words appended as they are. */
  extraArgs: readonly string[];
  /** What the names of the tasks stand for; undefined: they are given as they were asked. */
  resolved?: readonly ResolvedTask[] | undefined;
  /** Whether a configuration file has the arguments of the model and of generation. */
  isConfigured: boolean;
};

/**
 * The command of a run. @param python absolute path. @param config that file: it comes last, for of several lm-eval reads
 * the last one.
 */
export function lmEvalCommand(
  python: string,
  asked: Omit<AskedRun, 'isConfigured'>,
  config?: string,
): [string, ...string[]] {
  const words = lmEvalArguments({ ...asked, isConfigured: config !== undefined });
  return [
    python,
    ...start(processesOf(asked.request)),
    ...words,
    ...(config === undefined ? [] : [`--config=${config}`]),
  ];
}

/** The words of a command that lm-eval reads. Each value is bound to its option: none can be taken for an option. */
export function lmEvalArguments({ request, output, extraArgs, resolved, isConfigured }: AskedRun): string[] {
  const options: string[] = [];
  const set = (name: string, value: string | number | null) => {
    if (value !== null && value !== '') options.push(`--${name}=${value}`);
  };
  const args = isConfigured ? null : modelArguments(request);
  const names = resolved?.flatMap((task) => task.names) ?? request.tasks;
  set('model', request.model);
  set('tasks', [...new Set(names)].join(','));
  set('model_args', args && asciiJson(args));
  set('batch_size', request.batch_size);
  set('device', request.device);
  // To lm-eval -1 is a fraction.
  set('limit', request.limit === -1 ? null : request.limit);
  set('num_fewshot', request.num_fewshot);
  set('gen_kwargs', isConfigured ? null : request.gen_kwargs);
  if (request.log_samples) options.push('--log_samples');
  if (request.predict_only) options.push('--predict_only');
  return ['run', ...options, `--output_path=${output}`, ...extraArgs];
}

/** One process goes without accelerate. */
function start(processes: number): string[] {
  if (processes === 1) return ['-m', 'lm_eval'];
  const launcher = ['-m', 'accelerate.commands.launch', '--multi_gpu', '--num_processes', String(processes)];
  return [...launcher, '--num_machines', '1', '-m', 'lm_eval'];
}
