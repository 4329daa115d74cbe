import type { WarmPythons } from '../backends/backend.ts';
import type { AnswerLimits } from '../results/files/answers.ts';
import type { OutputFormat } from '../results/judging/outputFormat.ts';
import type { RunReader } from '../results/reader/runReader.ts';
import type { NamedCommand } from './command/readCommandFile.ts';
import type { Harness } from './contract.ts';

/** What an operator has set for the harnesses of one definition. */
export type HarnessSettings = {
  /** The name of the definition. */
  name: string;
  /** Path or name of the Python that has it. */
  python: string;
  /** Words appended to every run's command. */
  extraArgs: string[];
  /** What it gets of the server's environment. */
  environment: Record<string, string>;
  /** How large a part of a task's answers may be none. */
  answerLimits: AnswerLimits;
  /** What reads the output of its runs. */
  reader: RunReader;
  /** Commands that the operator has named, for `command`. */
  commands: readonly NamedCommand[];
  /** Asks a Python that has imported what a harness would import; absent: there is none. */
  ask?: WarmPythons['ask'];
};

/** A harness, before it is bound to an operator's settings. */
export type HarnessDefinition = {
  /** As jobs name it; for `command` what stands before the colon. */
  readonly name: string;
  /** How its output is read: in a thread of its own, so that it is known there by its name alone. */
  readonly output: OutputFormat;
  /**
   * Binds it; several where the operator has named several. Nothing is started, so that one that is not installed can be bound too.
   */
  create(settings: HarnessSettings): Promise<Harness | readonly Harness[]>;
};
