import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '../../../machines/ports/runner.ts';
import type { Fault } from '../../../schemas/errors/errors.ts';
import { placeholdersIn } from '../../../schemas/harness/commandTemplate.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { runEnvironment } from '../../environment.ts';
import { findProgram } from '../../findProgram.ts';
import type { Judging } from '../../results/judging/judge.ts';
import type { Harness } from '../contract.ts';
import type { HarnessSettings } from '../definition.ts';
import { listNames } from './listNames.ts';
import { compileProgress, createCommandMeter } from './progress.ts';
import type { NamedCommand } from './readCommandFile.ts';
import { configOf, faultsOfRequest, fillWords, wordValues } from './words.ts';

/** What a harness that is a command needs of an operator's settings. */
export type CommandSettings = Pick<HarnessSettings, 'environment' | 'answerLimits' | 'reader'>;

/** The harness `command:NAME`: any program that leaves `results.json`. Its file has been read; nothing is started. */
export async function createCommandHarness(
  { name, file, folder: here, content }: NamedCommand,
  { environment, answerLimits: limits, reader }: CommandSettings,
): Promise<Harness> {
  const { command, env, progress, list_tasks: listing, version, higher_is_better: directions } = content;
  const whole = runEnvironment(environment, env);
  const judging: Judging = { operatorOptions: [], limits, directions };
  const expression = progress === null ? null : await compileProgress(progress);

  const programOf = async (words: readonly string[]): Promise<[string, ...string[]]> => {
    const [program = '', ...rest] = words;
    const found = await findProgram(program, whole['PATH']);
    if (found !== null) return [found, ...rest];
    throw new UnavailableError(`${program} was not found, or is not executable (the command of ${name}, in ${file})`);
  };
  const known = fillWords(command.slice(0, 1), { here });

  return {
    name,
    python: null,
    env,
    operatorOptions: [],
    // Models are any; tasks are any where nothing lists them.
    unlisted: listing === null ? ['models', 'tasks'] : ['models'],
    alwaysConfig: placeholdersIn(command).has('config'),
    ...(expression !== null && { meter: () => createCommandMeter(expression) }),
    check: async (request, output) => ({
      faults: [...faultsOfRequest(command, request, name), ...(await faultsOfFolder(request, output))],
      warnings: [],
      unread: null,
    }),
    command: async (request, output, config) =>
      programOf(fillWords(command, wordValues(request, { output, config, here }))),
    configText: async (request) => configOf(request),
    whyNot: async () => {
      const found = await findProgram(known[0] ?? '', whole['PATH']);
      return found === null ? `${known[0]} was not found, or is not executable (${file})` : null;
    },
    probe: async () => void (await programOf(known)),
    list: reader.list,
    judge: (run, request, hung, by = reader) => by.judge(name, run, request, { ...judging, hung }),
    measure: (run, request, by = reader) => by.look(name, run, request, judging),
    version: async () => version,
    listTasks: async () =>
      listing === null ? [] : listNames(await programOf(fillWords(listing, { here })), { env: whole, folder: here }),
    listModels: async () => [],
    allModels: async () => [],
    tasksChangedAt: () => newestOf([file, ...fillWords(listing ?? [], { here })]),
    close: () => {},
  };
}

/**
 * A results file that is there before a run cannot be told from its own once it is written over, for it does not say what was
 * asked: a run that would do so is not begun.
 */
async function faultsOfFolder({ output_dir: named }: EvaluateRequest, output: string): Promise<Fault[]> {
  if (named === null) return [];
  const isThere = await access(join(output, 'results.json')).then(
    () => true,
    () => false,
  );
  if (!isThere) return [];
  const what = 'has a results.json already, which this run would write over: name another folder, or none';
  return [{ path: ['output_dir'], input: named, message: `\`output_dir\` ${what}` }];
}

/** When the newest of some files changed; words that are none are passed over. */
async function newestOf(words: readonly string[]): Promise<number> {
  const paths = words.filter((word) => word.startsWith('/'));
  const times = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(0, ...times);
}
