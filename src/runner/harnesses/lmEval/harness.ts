import { errorMessage } from '../../../errors.ts';
import { RunError, UnavailableError } from '../../../machines/ports/runner.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { passedEnvironment, runEnvironment } from '../../environment.ts';
import { memoizeFor, together } from '../../python/askedOnce.ts';
import { createPythonChild } from '../../python/pythonChild.ts';
import { defaultLimits } from '../../results/files/answers.ts';
import { runReader } from '../../results/reader/runReader.ts';
import type { Harness } from '../contract.ts';
import { readOperatorConfig } from '../lmmsEval/catalog.ts';
import { judgingBy, readOperatorWords } from '../operatorWords.ts';
import { createPackageProbe, type PackageSettings } from '../packageProbe.ts';
import { asciiYaml, modelArguments } from './arguments.ts';
import { checkRequest } from './check.ts';
import { lmEvalCommand } from './command.ts';
import { READER_PROGRAM } from './readerProgram.ts';
import { readGeneration, readModels, readNewestTask, readTasks, resolveNames } from './reading.ts';
import { LM_EVAL_WARM_PROGRAM } from './warmProgram.ts';

export type LmEvalSettings = PackageSettings;

/** Milliseconds for which the names of models are taken to be the same. */
const MODELS_AGE = 1_000;
/** Milliseconds for which a Python that has no lm-eval is not asked again. */
const REST = 5_000;
/** Milliseconds. A reader is ready in a second, or in ten where lm-eval must be imported whole. */
const START_PATIENCE = 60_000;
const ANSWER_PATIENCE = 10_000;
/** Milliseconds. Reading all definitions of tasks takes ten seconds of a processor. */
const TASKS_PATIENCE = 300_000;

/** The harness `lm-eval`: the real one, in a Python of the operator's. */
export function createLmEvalHarness({ python, ...more }: LmEvalSettings): Harness {
  const { environment = passedEnvironment(process.env, []), answerLimits = defaultLimits, reader = runReader } = more;
  const { extraArgs, includePath, operatorConfig, operatorOptions } = readOperatorWords(more.extraArgs);
  const settings = { python, env: runEnvironment(environment, {}) };
  const probe = createPackageProbe({
    ...{ name: 'lm-eval', option: '--lm-eval-python', package: 'lm_eval', ...settings },
    needs: ['lm_eval', 'datasets', 'jinja2', 'numpy'],
    // 0.4.9 has none.
    has: { file: '_cli/run.py', what: 'run', since: '0.4.13' },
  });
  const find = together(probe.find);
  const childWith = (patience: { start: number; answer: number }) =>
    createPythonChild({ find, env: settings.env, program: READER_PROGRAM, patience, rest: REST });
  const commands = childWith({ start: START_PATIENCE, answer: ANSWER_PATIENCE });
  // One of its own: a submission does not wait until all definitions are read.
  const tasks = childWith({ start: TASKS_PATIENCE, answer: TASKS_PATIENCE });
  const judging = judgingBy(operatorOptions, answerLimits);
  const configText = async (request: EvaluateRequest) => {
    const operators = operatorConfig === null ? {} : await readOperatorConfig(settings, operatorConfig);
    const model_args = modelArguments(request);
    const generation = request.gen_kwargs ? await readGeneration(commands, request.gen_kwargs) : null;
    if (request.gen_kwargs && generation === null) throw new RunError('its gen_kwargs cannot be put into a file');
    // What a request leaves open the operator's file may say.
    return asciiYaml({
      ...Object(operators),
      ...(model_args && { model_args }),
      ...(generation && { gen_kwargs: generation }),
    });
  };
  const whyNot = memoizeFor(REST, probe.whyNot);
  const checking = { child: commands, extraArgs, operatorOptions, env: settings.env, configText, whyNot };
  return {
    name: 'lm-eval',
    python,
    env: {},
    warm: {
      program: LM_EVAL_WARM_PROGRAM,
      python: async () => ({ python: await find(), program: LM_EVAL_WARM_PROGRAM, env: settings.env }),
    },
    operatorOptions,
    check: (request, output) => checkRequest(request, output, checking),
    async command(request, output, config, resolved) {
      return lmEvalCommand(await find(), { request, output, extraArgs, resolved }, config);
    },
    async resolveTasks({ tasks: names }) {
      const found = await resolveNames(tasks, names, includePath).catch(async (error) => {
        // A version that runs and cannot be asked would keep all other jobs waiting for ever.
        if (error instanceof UnavailableError && (await whyNot()) !== null) throw error;
        throw new RunError(`lm-eval cannot be asked what its tasks stand for: ${errorMessage(error)}`, {
          cause: error,
        });
      });
      if ('error' in found) throw new RunError(`lm-eval would not evaluate its tasks: ${found.error}`);
      return found.tasks;
    },
    configText,
    whyNot,
    probe: probe.expect,
    list: reader.list,
    judge: (run, request, hung, by = reader) => by.judge('lm-eval', run, request, { ...judging(run), hung }),
    measure: (run, request, by = reader) => by.look('lm-eval', run, request, judging(run)),
    // Beside a run, and never of before an upgrade.
    version: together(probe.version),
    listTasks: () => readTasks(tasks, includePath),
    listModels: () => readModels(commands),
    allModels: memoizeFor(MODELS_AGE, () => readModels(commands)),
    tasksChangedAt: () => readNewestTask(commands, includePath),
    close: () => {
      commands.close();
      tasks.close();
    },
  };
}
