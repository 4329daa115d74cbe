import { parseResults } from '../results/files/resultsFile.ts';
import type { OutputFile, OutputFormat } from '../results/judging/outputFormat.ts';
import { command } from './command/definition.ts';
import type { HarnessDefinition } from './definition.ts';
import { demo } from './demo/definition.ts';
import { inspect } from './inspect/definition.ts';
import { lmEval } from './lmEval/definition.ts';
import { lmmsEval } from './lmmsEval/definition.ts';

/** Every harness there is. A new one is a folder beside these, and a line here. */
export const harnessList = [lmmsEval, lmEval, inspect, demo, command] satisfies readonly HarnessDefinition[];

/** How the output of a harness is read. @throws when there is none of that name. */
export function outputFormat(name: string): OutputFormat {
  const definition = definitionOf(name);
  if (definition === undefined) throw new Error(`there is no harness ${name}`);
  return definition.output;
}

/** The definition of a harness, by the name that a job has: `command:mine` is of `command`. Undefined: there is none. */
export function definitionOf(name: string): HarnessDefinition | undefined {
  const [kind] = name.split(':', 1);
  return harnessList.find((definition) => definition.name === kind);
}

/** What a path in an output folder tells, whichever harness wrote it; null: it is of none. */
export function readOutputPath(path: string): OutputFile | null {
  for (const { output } of harnessList) {
    const file = output.readPath(path);
    if (file !== null) return file;
  }
  return null;
}

/** What reads a results file of a path, of which nothing but its name is known. */
export function resultsParserOf(path: string): NonNullable<OutputFormat['parseResults']> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return (
    harnessList.find(({ output }) => output.readPath(name)?.kind === 'results')?.output.parseResults ?? parseResults
  );
}
