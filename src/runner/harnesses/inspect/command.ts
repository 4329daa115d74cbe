import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { generationArguments, modelArguments } from './arguments.ts';

/** The name under which evald's own program for inspect stands beside the configuration file of a run. */
export const PROGRAM = 'evald_inspect.py';
/** Characters of the id of a set of evaluations. */
const ID = 12;

export type InspectRun = {
  /** Absolute path of the folder for results. */
  output: string;
  /** Path of the file with what `configText` says. */
  config: string;
  /** Words appended as they are. */
  extraArgs: readonly string[];
  /** The folder of a run from whose samples this one goes on; undefined: there is none. */
  earlier: string | undefined;
};

export function inspectCommand(
  python: string,
  request: EvaluateRequest,
  { output, config, extraArgs, earlier }: InspectRun,
): [string, ...string[]] {
  const own = [join(dirname(config), PROGRAM), `--config=${config}`, `--output=${output}`];
  if (earlier !== undefined) own.push(`--resume=${earlier}`);
  return [python, ...own, ...inspectArguments(request, output, config), ...extraArgs];
}

/** The words that inspect itself reads. Each value is bound to its option: none can be taken for an option. */
function inspectArguments(request: EvaluateRequest, output: string, config: string): string[] {
  // One for each launch: what other runs have left in the same folder is none of its own.
  const id = createHash('sha256').update(config).digest('hex').slice(0, ID);
  const { tasks, model, limit, batch_size, num_fewshot, log_samples, predict_only } = request;
  const options = [
    `--model=${model}`,
    `--log-dir=${join(output, `inspect_logs_${id}`)}`,
    `--id=${id}`,
    // What can be read, and redacted, as text; and nothing that listens.
    ...['--log-format=json', '--json', '--ctl-server=false', '--retry-attempts=0'],
  ];
  if (limit !== null && limit !== -1) options.push(`--limit=${limit}`);
  if (batch_size !== null) options.push(`--max-connections=${batch_size}`);
  if (num_fewshot !== null) options.push('-T', `fewshot=${num_fewshot}`);
  if (!log_samples && !predict_only) options.push('--no-log-samples');
  if (predict_only) options.push('--no-score');
  return ['eval-set', ...tasks, ...options];
}

/** What the program reads of its configuration file: all that may have a credential. */
export function configText(request: EvaluateRequest): string {
  return JSON.stringify({
    model_args: modelArguments(request),
    generate_config: generationArguments(request.gen_kwargs),
  });
}
