import type { Harness } from '../contract.ts';
import { runEnvironment } from '../environment.ts';
import { forAWhile } from '../forAWhile.ts';
import { listModels, listTasks, lmmsEvalVersion } from './catalog.ts';
import { findPython, lmmsEvalCommand } from './command.ts';
import { judgeOutput } from './judge.ts';
import { optionsIn, valueInExtraArgs } from './options.ts';
import { listOutput } from './output.ts';

export type LmmsEvalSettings = {
  /** Path or name of the Python that has lmms-eval. */
  python: string;
  /** Words appended to every run's command. */
  extraArgs: string[];
  /** Variables to set for every run. */
  env?: Record<string, string>;
};

/** Milliseconds for which a version is taken to be the same: asking for it costs a Python's start. */
const VERSION_AGE = 60_000;

/** The harness `lmms-eval`: the real one, in a Python of the operator's. */
export function createLmmsEvalHarness({ python, extraArgs, env = {} }: LmmsEvalSettings): Harness {
  const operatorOptions = optionsIn(extraArgs);
  return {
    name: 'lmms-eval',
    env,
    operatorOptions,
    async command(request, output) {
      const { PATH } = runEnvironment(process.env, env);
      return lmmsEvalCommand(await findPython(python, PATH), request, output, extraArgs);
    },
    list: listOutput,
    judge: (run, request) => judgeOutput(run, request, run.operatorOptions ?? operatorOptions),
    version: forAWhile(VERSION_AGE, () => lmmsEvalVersion(python, env)),
    listTasks: () => listTasks({ python, env }, valueInExtraArgs(extraArgs, 'include_path')),
    listModels: () => listModels({ python, env }),
  };
}
