import { join } from 'node:path';
import { Blot } from '../../files/blot.ts';
import type { RunFolder } from '../../files/openRunFile.ts';
import { redactValue } from '../../files/redactValue.ts';
import type { Outcome } from '../../schemas/outcome.ts';
import type { PreparedRun } from '../../schemas/run.ts';
import { readJobResults } from '../lmmsEval/jobResults.ts';
import { judgeOutput, lookAtOutput } from '../lmmsEval/judge.ts';
import { listOutput, stateOfFile } from '../lmmsEval/output.ts';
import { readLogCause } from '../logCause.ts';
import { readLogTail } from '../logTail.ts';
import { redactOutput } from '../redactOutput.ts';
import { createSamplesReader } from '../samples/readSamples.ts';
import { blotOutcome } from '../secrecy.ts';

/** What of a run is to be redacted, as plain data. */
export type Redaction = {
  run: PreparedRun;
  /** The folder that the client named, as it was looked up; null: one of the run's own. */
  named: string | null;
  /** What is not to be seen: `Blot.forms`. */
  forms: readonly string[];
};

type Forms = readonly string[] | null;

const readSamples = createSamplesReader();

/**
 * All that reads what a run has written, by name: nothing else does. A run may have written anything, so each of these is
 * a function of plain data that a thread of its own can be given (`createThreadedReader`), and end in the middle of.
 */
export const runReader = {
  /** Results and samples files now in an output folder. */
  list: listOutput,
  /** What a run has written so far, without a look into it. */
  state: stateOfOutput,
  judge: judgeOutput,
  look: lookAtOutput,
  logCause: readLogCause,
  logTail: readLogTail,
  /** The results files of an ended job. @param forms what is not to be seen of them: `Blot.forms`; null: all is. */
  results: async (paths: readonly string[], folder: RunFolder | undefined, forms: Forms) =>
    redacted(await readJobResults(paths, folder), forms),
  /** A page of a samples file of an ended job. @param forms as of `results`. */
  samples: async (...[folder, name, task, query, forms]: [...Parameters<typeof readSamples>, forms: Forms]) =>
    redacted(await readSamples(folder, name, task, query), forms),
  /** An outcome as it may be shown. */
  outcome: async (outcome: Outcome, forms: readonly string[]) => blotOutcome(outcome, Blot.ofForms(forms)),
  /** Redacts what a run has written where it lies. */
  redact: ({ run, named, forms }: Redaction) => redactOutput(run, named, Blot.ofForms(forms)),
};

function redacted<T>(value: T, forms: Forms): T {
  return forms === null ? value : redactValue(value, Blot.ofForms(forms));
}

/** As `runReader`, in this thread or in another one. */
export type RunReader = typeof runReader;

/** In few words: each file with what changes when it is written to. */
async function stateOfOutput({ output, before }: PreparedRun): Promise<string> {
  const old = new Set(before);
  const own = (await listOutput(output)).filter((path) => !old.has(path));
  const files = own.map(async (path) => [path, ...(await stateOfFile(join(output, path)))]);
  return JSON.stringify(await Promise.all(files));
}
