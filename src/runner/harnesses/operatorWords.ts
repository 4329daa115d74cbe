import { resolve } from 'node:path';
import type { PreparedRun } from '../../schemas/job/run.ts';
import { startFolder } from '../folders/workingFolder.ts';
import type { AnswerLimits } from '../results/files/answers.ts';
import type { Judging } from '../results/judging/judge.ts';

/** What the arguments that an operator appends to every command of lmms-eval or lm-eval say. */
export type OperatorWords = {
  /** The arguments, as they are appended. */
  extraArgs: string[];
  /** Names of the options that they set: these a request does not decide alone. */
  operatorOptions: string[];
  /** A folder of more tasks; null: none. */
  includePath: string | null;
  /** The operator's own configuration file; null: none. */
  operatorConfig: string | null;
};

export function readOperatorWords(words: readonly string[]): OperatorWords {
  const extraArgs = anchored(words);
  return {
    extraArgs,
    operatorOptions: optionsIn(extraArgs),
    includePath: valueInExtraArgs(extraArgs, 'include_path'),
    operatorConfig: valueInExtraArgs(extraArgs, 'config'),
  };
}

/** What a run is judged by: with the options that its command had when it was prepared. */
export const judgingBy =
  (operatorOptions: readonly string[], limits: AnswerLimits) =>
  (run: PreparedRun): Judging => ({ operatorOptions: run.operatorOptions ?? operatorOptions, limits });

/** Names of the options that the operator's extra arguments set: these a request does not decide alone. */
export function optionsIn(extraArgs: readonly string[]): string[] {
  return extraArgs.flatMap((word) => /^--([^=]+)/.exec(word)?.[1] ?? []);
}

/** The value of an option in the operator's extra arguments, the last one as argparse takes it; null when not there. */
export function valueInExtraArgs(extraArgs: readonly string[], name: string): string | null {
  const last = extraArgs.findLastIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  const word = extraArgs[last];
  if (word === undefined) return null;
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : (extraArgs[last + 1] ?? null);
}

/** Options whose value is a path that is there before a run. */
const PATHS = /^--(include_path|config)$/;

/**
 * The operator's extra arguments, with paths from where the server was started: a run may start elsewhere, when that folder is
 * gone.
 */
function anchored(extraArgs: readonly string[]): string[] {
  return extraArgs.map((word, index) => {
    if (PATHS.test(extraArgs[index - 1] ?? '')) return resolve(startFolder, word);
    const [, option, value] = /^(--[^=]+)=(.+)$/s.exec(word) ?? [];
    return value !== undefined && PATHS.test(option ?? '') ? `${option}=${resolve(startFolder, value)}` : word;
  });
}
