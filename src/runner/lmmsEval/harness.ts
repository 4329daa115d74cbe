import type { Harness } from '../contract.ts';
import { passedEnvironment, runEnvironment } from '../environment.ts';
import { forAWhile } from '../forAWhile.ts';
import { expectLmmsEval, listModels, listTasks, lmmsEvalVersion, readOperatorConfig } from './catalog.ts';
import { findPython, lmmsEvalCommand } from './command.ts';
import { configText } from './configText.ts';
import { judgeOutput } from './judge.ts';
import { anchored, optionsIn, valueInExtraArgs } from './options.ts';
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
};

/** Milliseconds for which a version is taken to be the same: asking for it costs a Python's start. */
const VERSION_AGE = 60_000;

/** The harness `lmms-eval`: the real one, in a Python of the operator's. */
export function createLmmsEvalHarness({ python, env = {}, ...more }: LmmsEvalSettings): Harness {
  const extraArgs = anchored(more.extraArgs);
  const { environment = passedEnvironment(process.env, []) } = more;
  const whole = runEnvironment(environment, env);
  const settings = { python, env: whole };
  const operatorConfig = valueInExtraArgs(extraArgs, 'config');
  const operatorOptions = optionsIn(extraArgs);
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
    probe: () => expectLmmsEval(settings),
    list: listOutput,
    judge: (run, request) => judgeOutput(run, request, run.operatorOptions ?? operatorOptions),
    version: forAWhile(VERSION_AGE, () => lmmsEvalVersion(settings)),
    listTasks: () => listTasks(settings, valueInExtraArgs(extraArgs, 'include_path')),
    listModels: () => listModels(settings),
  };
}
