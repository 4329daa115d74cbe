import { errorMessage } from '../../../errors.ts';
import type { Fault } from '../../../schemas/errors/errors.ts';
import { splitSecrets } from '../../../schemas/secrets/secretRequest.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import type { HarnessCheck } from '../contract.ts';
import { type ReadBackSettings, redactCheck, unreadReason } from '../readBackCheck.ts';
import { generationArguments, isSpread, modelArguments, providerOf } from './arguments.ts';
import { type Reading, readBack } from './reading.ts';

/** Providers that run the model themselves, on the GPUs of the run. */
const OWN_GPUS = new Set(['hf', 'nnterp', 'transformer_lens', 'llama-cpp-python']);
const MOST_LISTED = 20;

const fault = (field: keyof EvaluateRequest, input: Fault['input'], what: string): Fault => ({
  path: [field],
  input,
  message: `\`${field}\` ${what}`,
});

/**
 * What of a request inspect has no word for; then what the installed one makes of its tasks, its provider and its arguments
 * of generation. @throws UnavailableError when nothing at all could run.
 */
export async function checkRequest(
  request: EvaluateRequest,
  { child, env, whyNot }: Pick<ReadBackSettings, 'child' | 'env' | 'whyNot'>,
): Promise<HarnessCheck> {
  const hidden = splitSecrets(request).secrets;
  const faults = faultsOfRequest(request);
  try {
    const generation = readGeneration(request, faults);
    const reading = await readBack(child, { tasks: request.tasks, generation });
    return redactCheck(
      { faults: [...faults, ...faultsOfReading(request, reading)], warnings: warningsOf(request, reading) },
      hidden,
      env,
    );
  } catch (error) {
    const unread = await unreadReason('inspect', error, async () => (await whyNot()) === null);
    return { ...redactCheck({ faults, warnings: [] }, hidden, env), unread };
  }
}

function faultsOfRequest(request: EvaluateRequest): Fault[] {
  const { limit, batch_size, device, tasks } = request;
  const faults = tasks
    .filter((task) => task.startsWith('-'))
    .map((task) => fault('tasks', task, `${JSON.stringify(task)} would be read as an option of inspect`));
  if (limit !== null && limit !== -1 && !Number.isInteger(limit))
    faults.push(fault('limit', limit, 'should be a whole number: inspect takes no fraction of a task'));
  if (batch_size !== null && !/^[1-9]\d*$/.test(String(batch_size)))
    faults.push(fault('batch_size', batch_size, 'should be a whole number from 1: inspect has that many connections'));
  if (device && providerOf(request) !== 'hf')
    faults.push(
      fault('device', device, 'is for models of the provider hf alone; others take what they need by model_args'),
    );
  return faults;
}

function readGeneration(request: EvaluateRequest, faults: Fault[]): Record<string, unknown> {
  try {
    return generationArguments(request.gen_kwargs);
  } catch (error) {
    const what = `should be a JSON object or name=value,…: ${errorMessage(error)}`;
    faults.push(fault('gen_kwargs', request.gen_kwargs, what));
    return {};
  }
}

function faultsOfReading(request: EvaluateRequest, { tasks, providers, unknown, failure, version }: Reading): Fault[] {
  const harness = `inspect ${version}`;
  const faults: Fault[] = [];
  for (const { asked, failure: why } of tasks)
    if (why !== null) faults.push(fault('tasks', asked, `${JSON.stringify(asked)} is unknown to ${harness}: ${why}`));
  const without = tasks.flatMap((task) => task.without_fewshot);
  if (request.num_fewshot !== null && without.length > 0) {
    const what = `cannot be passed on: ${without.slice(0, MOST_LISTED).join(', ')} takes no argument fewshot`;
    faults.push(fault('num_fewshot', request.num_fewshot, what));
  }
  if (!providers.includes(providerOf(request))) {
    const what = `should be provider/name; the providers of ${harness} are ${providers.join(', ')}`;
    faults.push(fault('model', request.model, what));
  }
  if (unknown.length > 0)
    faults.push(fault('gen_kwargs', request.gen_kwargs, `has no ${unknown.join(', ')} in ${harness}`));
  if (failure !== null) faults.push(fault('gen_kwargs', request.gen_kwargs, `is refused by ${harness}: ${failure}`));
  return faults;
}

function warningsOf(request: EvaluateRequest, { version }: Reading): string[] {
  const isAlone = OWN_GPUS.has(providerOf(request)) && !isSpread(modelArguments(request));
  if (request.num_gpus === 1 || !isAlone) return [];
  return [
    `num_gpus ${request.num_gpus}: inspect ${version} runs ${request.model} as one process, which may use one GPU alone`,
  ];
}
