import { UnavailableError } from '../../../machines/ports/runner.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { findProgram } from '../../findProgram.ts';
import { withoutArguments } from './configText.ts';
import { optionsOf } from './options.ts';

/**
 * The command of a run. Every value is bound to its option with `=`, so that no value can be taken for an option.
 *
 * @param python absolute path. @param extraArgs words appended as they are.
 * @param config where the arguments of the model and of generation stand instead. It comes last: of several, lmms-eval reads the last one.
 */
export function lmmsEvalCommand(
  python: string,
  request: EvaluateRequest,
  output: string,
  extraArgs: readonly string[],
  config?: string,
): [string, ...string[]] {
  const asked = config === undefined ? request : withoutArguments(request);
  const last = config === undefined ? [] : [`--config=${config}`];
  return [python, ...start(request.num_gpus), ...lmmsEvalArguments(asked, output, extraArgs), ...last];
}

/** The words of a command that lmms-eval reads. @param extraArgs words appended as they are. */
export function lmmsEvalArguments(request: EvaluateRequest, output: string, extraArgs: readonly string[]): string[] {
  const words: string[] = [];
  for (const [name, value] of optionsOf(request)) words.push(value === true ? `--${name}` : `--${name}=${value}`);
  words.push(`--output_path=${output}`, ...extraArgs);
  return words;
}

/** The Python to run with. @param searchPath `PATH` of the run. @throws UnavailableError that says how to set it. */
export async function findPython(python: string, searchPath: string | undefined): Promise<string> {
  const found = await findProgram(python, searchPath);
  if (found === null) {
    throw new UnavailableError(
      `${python} was not found, or is not executable; set --python to a Python that has lmms-eval`,
    );
  }
  return found;
}

/** One process goes without accelerate, whose rendezvous fails for a single one. */
function start(processes: number): string[] {
  if (processes === 1) return ['-m', 'lmms_eval'];
  const launcher = ['-m', 'accelerate.commands.launch', '--multi_gpu', '--num_processes', String(processes)];
  return [...launcher, '--num_machines', '1', '-m', 'lmms_eval'];
}
