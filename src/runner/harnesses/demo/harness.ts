import { errorMessage } from '../../../errors.ts';
import { ownCommand } from '../../../ownFiles.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { renderModelArg, renderModelArgs } from '../../../schemas/submission/modelArgs.ts';
import { version } from '../../../version.ts';
import { type AnswerLimits, defaultLimits } from '../../results/files/answers.ts';
import { type RunReader, runReader } from '../../results/reader/runReader.ts';
import type { Harness, HarnessCheck } from '../contract.ts';
import { compareModelArgs } from '../lmmsEval/compareArgs.ts';
import { faultOfLocation } from '../lmmsEval/compareRun.ts';
import { configText, withoutArguments } from '../lmmsEval/configText.ts';
import { optionsOf } from '../lmmsEval/options.ts';
import type { ReadArguments } from '../lmmsEval/reading.ts';
import { judgingBy, optionsIn } from '../operatorWords.ts';
import { modelNameIn, splitModelArgs } from './modelArgs.ts';
import { MODEL_NAMES } from './models.ts';
import { modelFolder } from './output.ts';
import { TASK_NAMES } from './tasks/catalog.ts';

export type DemoSettings = {
  /** Words appended to every run's command. */
  extraArgs: readonly string[];
  /** How large a part of a task's answers may be none. */
  answerLimits?: AnswerLimits;
  /** What reads the output of its runs; in this thread unless said. */
  reader?: RunReader;
};

/**
 * The harness `demo`: generated pictures and toy models in a program of our own, for when there is no lmms-eval. It
 * takes lmms-eval's flags and writes lmms-eval's files, so the same code makes its command and judges its output. A run
 * is one process, whatever `num_gpus` says.
 */
export function createDemoHarness({
  extraArgs,
  answerLimits = defaultLimits,
  reader = runReader,
}: DemoSettings): Harness {
  const operatorOptions = optionsIn(extraArgs);
  const judging = judgingBy(operatorOptions, answerLimits);
  return {
    name: 'demo',
    python: null,
    env: {},
    operatorOptions,
    check: async (request, output) => checkDemoRequest(request, output),
    async command(request, output, config) {
      const asked = config === undefined ? request : withoutArguments(request);
      const flags = [...optionsOf(asked)].map(([name, value]) => (value === true ? `--${name}` : `--${name}=${value}`));
      const last = config === undefined ? [] : [`--config=${config}`];
      const program = ownCommand('runner/harnesses/demo/program');
      return [...program, ...flags, `--output_path=${output}`, ...extraArgs, ...last];
    },
    configText: async (request) => configText({}, request),
    whyNot: async () => null,
    list: reader.list,
    judge: (run, request, hung, by = reader) => by.judge('demo', run, request, { ...judging(run), hung }),
    measure: (run, request, by = reader) => by.look('demo', run, request, judging(run)),
    version: async () => version,
    listTasks: async () => [...TASK_NAMES],
    listModels: async () => [...MODEL_NAMES],
    allModels: async () => [...MODEL_NAMES],
    tasksChangedAt: async () => 0,
    close: () => {},
  };
}

const DEMO = 'the demo';

/** Has the demo's own reader take the arguments apart, and compares. It splits at every comma. */
export function checkDemoRequest(request: EvaluateRequest, output: string): HarnessCheck {
  const args = request.model_args ?? {};
  const text = renderModelArgs(args);
  const alone = Object.entries(args).flatMap(([name, value]) =>
    value !== null && 'error' in taken(`${name}=${renderModelArg(value)}`) ? [name] : [],
  );
  const { faults, warnings } = compareModelArgs(args, taken(text), alone, DEMO);
  const place = faultOfLocation(
    { request, output },
    { output, place: `${output}/${modelFolder(modelNameIn(text))}` },
    DEMO,
  );
  return { faults: place === null ? faults : [...faults, place], warnings, unread: null };
}

function taken(text: string): ReadArguments {
  try {
    return { values: splitModelArgs(text).map(([name, value]) => [name, ['str', value, false]]) };
  } catch (error) {
    return { error: errorMessage(error) };
  }
}
