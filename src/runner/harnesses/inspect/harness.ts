import { readFile } from 'node:fs/promises';
import { passedEnvironment, runEnvironment } from '../../environment.ts';
import { memoizeFor, together } from '../../python/askedOnce.ts';
import { createPythonChild } from '../../python/pythonChild.ts';
import { defaultLimits } from '../../results/files/answers.ts';
import { runReader } from '../../results/reader/runReader.ts';
import type { Harness } from '../contract.ts';
import { judgingBy, readOperatorWords } from '../operatorWords.ts';
import { createPackageProbe, type PackageSettings } from '../packageProbe.ts';
import { checkRequest } from './check.ts';
import { configText, inspectCommand, PROGRAM } from './command.ts';
import { createInspectMeter } from './meter.ts';
import { READER_PROGRAM } from './readerProgram.ts';
import { readNames, readNewest } from './reading.ts';

/** Milliseconds for which the names of models are taken to be the same. */
const MODELS_AGE = 1_000;
/** Milliseconds for which a Python that has no inspect-ai is not asked again. */
const REST = 5_000;
/** Milliseconds: it imports inspect-ai whole, and packages with tasks. */
const PATIENCE = { start: 60_000, answer: 60_000 };
/** What it is made of stands in the package beside the sources, as they are or as they are built. */
const PROGRAM_FILES = [PROGRAM, 'evald_inspect_log.py'].map((name) => {
  const source = new URL(`../../../../python/harness/${name}`, import.meta.url);
  return { name, read: () => readFile(source, 'utf8') };
});

/** The harness `inspect`: the real inspect-ai, in a Python of the operator's. */
export function createInspectHarness({ python, ...more }: PackageSettings): Harness {
  const { environment = passedEnvironment(process.env, []), answerLimits = defaultLimits, reader = runReader } = more;
  const { extraArgs, operatorOptions } = readOperatorWords(more.extraArgs);
  const env = runEnvironment(environment, {});
  const probe = createPackageProbe({
    ...{ name: 'inspect', option: '--inspect-python', package: 'inspect_ai', python, env },
    needs: ['inspect_ai', 'click', 'pydantic'],
    has: { file: '_eval/evalset.py', what: 'eval-set', since: '0.3.285' },
  });
  const find = together(probe.find);
  const child = createPythonChild({ find, env, program: READER_PROGRAM, patience: PATIENCE, rest: REST });
  const judging = judgingBy(operatorOptions, answerLimits);
  const whyNot = memoizeFor(REST, probe.whyNot);
  return {
    name: 'inspect',
    python,
    env: {},
    operatorOptions,
    alwaysConfig: true,
    programFiles: PROGRAM_FILES,
    // A model is a provider and any name; a task may be a file.
    unlisted: ['models', 'tasks'],
    check: (request) => checkRequest(request, { child, env, whyNot }),
    resumes: true,
    command: async (request, output, config = '', _, earlier) =>
      inspectCommand(await find(), request, { output, config, extraArgs, earlier }),
    configText: async (request) => configText(request),
    whyNot,
    probe: probe.expect,
    list: reader.list,
    meter: createInspectMeter,
    judge: (run, request, hung, by = reader) => by.judge('inspect', run, request, { ...judging(run), hung }),
    measure: (run, request, by = reader) => by.look('inspect', run, request, judging(run)),
    // Beside a run, and never of before an upgrade.
    version: together(probe.version),
    listTasks: () => readNames(child, 'tasks'),
    listModels: () => readNames(child, 'models'),
    allModels: memoizeFor(MODELS_AGE, () => readNames(child, 'models')),
    tasksChangedAt: () => readNewest(child),
    close: child.close,
  };
}
