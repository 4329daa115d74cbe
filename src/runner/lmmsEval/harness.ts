import type { Harness, PreparedRun } from '../contract.ts';
import { passedEnvironment, runEnvironment } from '../environment.ts';
import { forAWhile } from '../forAWhile.ts';
import { type AnswerLimits, defaultLimits } from './answers.ts';
import { listModels, listTasks, lmmsEvalVersion, readOperatorConfig } from './catalog.ts';
import { findPython, lmmsEvalCommand } from './command.ts';
import { configText } from './configText.ts';
import { type Judging, judgeOutput, lookAtOutput } from './judge.ts';
import { optionsIn, valueInExtraArgs } from './options.ts';
import { listOutput } from './output.ts';

export type LmmsEvalSettings = {
  /** Path or name of the Python that has lmms-eval. */
  python: string;
  /** Words appended to every run's command. */
  extraArgs: string[];
  /** Variables to set for every run. */
  env?: Record<string, string>;
  /** What it gets of the server's environment; what it needs of it unless said. */
  environment?: Record<string, string>;
  /** How large a part of a task's answers may be none. */
  answerLimits?: AnswerLimits;
};

/** Milliseconds for which a version is taken to be the same: asking for it costs a Python's start. */
const VERSION_AGE = 60_000;

/** The harness `lmms-eval`: the real one, in a Python of the operator's. */
export function createLmmsEvalHarness({ python, extraArgs, env = {}, ...more }: LmmsEvalSettings): Harness {
  const { environment = passedEnvironment(process.env, []), answerLimits = defaultLimits } = more;
  const whole = runEnvironment(environment, env);
  const settings = { python, env: whole };
  const operatorConfig = valueInExtraArgs(extraArgs, 'config');
  const operatorOptions = optionsIn(extraArgs);
  const judging = (run: PreparedRun): Judging => ({
    operatorOptions: run.operatorOptions ?? operatorOptions,
    limits: answerLimits,
  });
  return {
    name: 'lmms-eval',
    env,
    operatorOptions,
    async command(request, output, config) {
      const { PATH } = whole;
      return lmmsEvalCommand(await findPython(python, PATH), request, output, extraArgs, config);
    },
    async configText({ model_args }) {
      const operators = operatorConfig === null ? {} : await readOperatorConfig(settings, operatorConfig);
      return configText(operators, model_args ?? {});
    },
    list: listOutput,
    judge: (run, request, hung) => judgeOutput(run, request, { ...judging(run), hung }),
    look: (run, request) => lookAtOutput(run, request, judging(run)),
    version: forAWhile(VERSION_AGE, () => lmmsEvalVersion(settings)),
    listTasks: () => listTasks(settings, valueInExtraArgs(extraArgs, 'include_path')),
    listModels: () => listModels(settings),
  };
}
