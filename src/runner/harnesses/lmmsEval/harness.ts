import type { WarmPythons } from '../../backends/backend.ts';
import { passedEnvironment, runEnvironment } from '../../environment.ts';
import { memoizeFor, together } from '../../python/askedOnce.ts';
import { createPythonChild } from '../../python/pythonChild.ts';
import { type AnswerLimits, defaultLimits } from '../../results/files/answers.ts';
import { type RunReader, runReader } from '../../results/reader/runReader.ts';
import type { Harness } from '../contract.ts';
import { judgingBy, readOperatorWords } from '../operatorWords.ts';
import {
  expectLmmsEval,
  listModels,
  listTasks,
  namesSchema,
  readOperatorConfig,
  rememberedVersion,
  whyNotLmmsEval,
} from './catalog.ts';
import { checkRequest } from './check.ts';
import { findPython, lmmsEvalCommand } from './command.ts';
import { type Arguments, configText } from './configText.ts';
import { READER_PROGRAM } from './readerProgram.ts';
import { readModels, readNewestTask } from './reading.ts';
import { LMMS_EVAL_WARM_PROGRAM } from './warmProgram.ts';

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
  /** What reads the output of its runs; in this thread unless said. */
  reader?: RunReader;
  /** Asks a Python that has imported it already; without it there is none. */
  ask?: WarmPythons['ask'];
};

/** Milliseconds. A reader is ready in a fifth of a second, or in ten seconds where lmms-eval must be imported whole. */
const START_PATIENCE = 60_000;
const ANSWER_PATIENCE = 10_000;
/** Milliseconds for which the names of models are taken to be the same. */
const MODELS_AGE = 1_000;
/** Milliseconds for which a Python that has no lmms-eval is not asked again. */
const REST = 5_000;

/** The harness `lmms-eval`: the real one, in a Python of the operator's. */
export function createLmmsEvalHarness({ python, env = {}, ...more }: LmmsEvalSettings): Harness {
  const { environment = passedEnvironment(process.env, []), answerLimits = defaultLimits, reader = runReader } = more;
  const { ask = async () => null } = more;
  const { extraArgs, includePath, operatorConfig, operatorOptions } = readOperatorWords(more.extraArgs);
  const whole = runEnvironment(environment, env);
  const settings = { python, env: whole };
  // Every submission looks for it twice, which is a fifth of its work: those that come at once look together.
  const find = together(() => findPython(python, whole['PATH']));
  const child = createPythonChild({
    find,
    env: whole,
    program: READER_PROGRAM,
    patience: { start: START_PATIENCE, answer: ANSWER_PATIENCE },
    rest: REST,
  });
  const judging = judgingBy(operatorOptions, answerLimits);
  const textOf = async (request: Arguments) => {
    const operators = operatorConfig === null ? {} : await readOperatorConfig(settings, operatorConfig);
    return configText(operators, request);
  };
  const checking = {
    child,
    extraArgs,
    operatorOptions,
    env: whole,
    configText: textOf,
    whyNot: () => whyNotLmmsEval(settings),
  };
  const warm = {
    program: LMMS_EVAL_WARM_PROGRAM,
    python: async () => ({ python: await find(), program: LMMS_EVAL_WARM_PROGRAM, env: whole }),
  };
  const askWarm = async (what: 'tasks' | 'models', include: string | null): Promise<string[] | null> => {
    const answer = await warm
      .python()
      .then((of) => ask(of, { what, include }))
      .catch(() => null);
    return namesSchema.nullable().parse(answer);
  };
  return {
    name: 'lmms-eval',
    python,
    env,
    warm,
    operatorOptions,
    check: (request, output) => checkRequest(request, output, checking),
    async command(request, output, config) {
      return lmmsEvalCommand(await find(), request, output, extraArgs, config);
    },
    configText: textOf,
    whyNot: memoizeFor(REST, () => whyNotLmmsEval(settings)),
    probe: () => expectLmmsEval(settings),
    list: reader.list,
    judge: (run, request, hung, by = reader) => by.judge('lmms-eval', run, request, { ...judging(run), hung }),
    measure: (run, request, by = reader) => by.look('lmms-eval', run, request, judging(run)),
    version: rememberedVersion(settings),
    listTasks: async () => (await askWarm('tasks', includePath)) ?? listTasks(settings, includePath),
    listModels: async () => (await askWarm('models', null)) ?? listModels(settings),
    allModels: memoizeFor(MODELS_AGE, () => readModels(child)),
    tasksChangedAt: () => readNewestTask(child, includePath === null ? [] : [includePath]),
    close: child.close,
  };
}
