import { join } from 'node:path';
import type { RunFolder } from '../../../files/openRunFile.ts';
import type { Outcome } from '../../../schemas/job/outcome.ts';
import type { PreparedRun } from '../../../schemas/job/run.ts';
import { Redactor } from '../../../security/redaction/redactor.ts';
import { redactValue } from '../../../security/redaction/redactValue.ts';
import { outputFormat, readOutputPath } from '../../harnesses/list.ts';
import { findResults } from '../../imports/findResults.ts';
import { readImport } from '../../imports/readImport.ts';
import { readLogCause } from '../../log/logCause.ts';
import { readLogTail } from '../../log/logTail.ts';
import { redactOutcome } from '../../secrets.ts';
import { readJobResults } from '../files/jobResults.ts';
import { judgeOutput, measureOutput } from '../judging/judge.ts';
import { listOutput, stateOfFile } from '../judging/outputFiles.ts';
import type { OutputFormat } from '../judging/outputFormat.ts';
import { redactOutput } from '../redactOutput.ts';
import { createSamplesReader } from '../samples/readSamples.ts';
import { type ComparisonQuestion, compareRuns } from '../scores/compareRuns.ts';

/** What of a run is to be redacted, as plain data. */
export type Redaction = {
  run: PreparedRun;
  /** The folder that the client named, as it was looked up; null: one of the run's own. */
  named: string | null;
  /** What is not to be seen: `Redactor.forms`. */
  forms: readonly string[];
};

/** What a function of an output format gets beside it. */
type OfOutput<F extends (...args: never[]) => unknown> = F extends (
  format: OutputFormat,
  ...rest: infer Rest
) => unknown
  ? Rest
  : never;

type Forms = readonly string[] | null;

const readSamples = createSamplesReader();

/**
 * All that reads what a run has written, by name: nothing else does. A run may have written anything, so each of these is
 * a function of plain data that a thread of its own can be given (`createThreadedReader`), and end in the middle of.
 */
export const runReader = {
  /** Results and samples files now in an output folder. */
  list: listed,
  /** What a run has written so far, without a look into it. */
  state: stateOfOutput,
  judge: async (harness: string, ...of: OfOutput<typeof judgeOutput>) => judgeOutput(outputFormat(harness), ...of),
  look: async (harness: string, ...of: OfOutput<typeof measureOutput>) => measureOutput(outputFormat(harness), ...of),
  logCause: readLogCause,
  logTail: readLogTail,
  /** The results files of an ended job. @param forms what is not to be seen of them: `Redactor.forms`; null: all is. */
  results: async (paths: readonly string[], folder: RunFolder | undefined, forms: Forms) =>
    redacted(await readJobResults(paths, folder), forms),
  /** A page of a samples file of an ended job. @param forms as of `results`. */
  samples: async (...[folder, name, task, query, forms]: [...Parameters<typeof readSamples>, forms: Forms]) =>
    redacted(await readSamples(folder, name, task, query), forms),
  /** Two runs, by what their scores were made of. @param forms what is not to be seen of either: as of `results`. */
  compare: async (question: ComparisonQuestion, forms: Forms) => redacted(await compareRuns(question), forms),
  /** An outcome as it may be shown. */
  outcome: async (outcome: Outcome, forms: readonly string[]) => redactOutcome(outcome, Redactor.ofForms(forms)),
  /** Results files of earlier runs. */
  findResults,
  /** One of them. */
  readImport,
  /** Redacts what a run has written where it lies. */
  redact: ({ run, named, forms }: Redaction) => redactOutput(run, named, Redactor.ofForms(forms)),
};

/** Results and samples files of any harness in an output folder. */
function listed(output: string): Promise<string[]> {
  return listOutput(output, (path) => readOutputPath(path) !== null);
}

function redacted<T>(value: T, forms: Forms): T {
  return forms === null ? value : redactValue(value, Redactor.ofForms(forms));
}

/** As `runReader`, in this thread or in another one. */
export type RunReader = typeof runReader;

/** In few words: each file with what changes when it is written to. */
async function stateOfOutput({ output, before }: PreparedRun): Promise<string> {
  const old = new Set(before);
  const own = (await listed(output)).filter((path) => !old.has(path));
  const files = own.map(async (path) => [path, ...(await stateOfFile(join(output, path)))]);
  return JSON.stringify(await Promise.all(files));
}
