import { join } from 'node:path';
import type { EvaluateRequest } from '../../schemas/evaluateRequest.ts';
import type { PreparedRun } from '../contract.ts';
import { findFirstLine } from '../failureLines.ts';
import { optionsOf } from './options.ts';
import { listOutput, type OutputFile, readOutputPath } from './output.ts';
import { isOfAnotherRun } from './provenance.ts';
import { type ResultsFile, readResultsFile } from './resultsFile.ts';

/** The results a run wrote. */
export type OwnResults = {
  place: OutputFile;
  file: ResultsFile;
  /** The samples files of the same run, relative to the output folder. */
  samples: string[];
  warnings: string[];
};

/** The results, or why one that should be there cannot be read; null when there are none. */
export type Search = { found: OwnResults } | { unreadable: string } | null;

/** Finds the results that this run wrote: none that was there before it, none of another run in the same folder. */
export async function findOwnResults(
  run: PreparedRun,
  request: EvaluateRequest,
  extraArgs: readonly string[],
): Promise<Search> {
  const before = new Set(run.before);
  const written = (await listOutput(run.output))
    .filter((path) => !before.has(path))
    .map(readOutputPath)
    .filter((place) => place !== null);
  const own: { place: OutputFile; file: ResultsFile }[] = [];
  let unreadable: string | null = null;
  for (const place of written.filter(({ kind }) => kind === 'results')) {
    try {
      const file = await readResultsFile(join(run.output, place.path));
      if (!isOfAnotherRun(file, optionsOf(request), extraArgs)) own.push({ place, file });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      unreadable = `the results file ${join(run.output, place.path)} cannot be read: ${reason}`;
    }
  }
  const chosen = await choose(own, run);
  if (chosen === undefined) return unreadable === null ? null : { unreadable };
  const { folder, stamp } = chosen.place;
  const samples = written.filter((file) => file.kind === 'samples' && file.folder === folder && file.stamp === stamp);
  return { found: { ...chosen, samples: samples.map(({ path }) => path) } };
}

type Candidate = { place: OutputFile; file: ResultsFile };

/** Of several that could be this run's, the one whose samples its log names; else the newest, with a warning. */
async function choose(
  candidates: Candidate[],
  run: PreparedRun,
): Promise<(Candidate & { warnings: string[] }) | undefined> {
  const newest = candidates.toSorted((one, other) => other.place.stamp.localeCompare(one.place.stamp));
  const [first] = newest;
  if (first === undefined || newest.length === 1) return first && { ...first, warnings: [] };
  for (const candidate of newest) {
    const samples = join(run.output, candidate.place.folder, `${candidate.place.stamp}_samples_`);
    if ((await findFirstLine(run.log, [`Saving samples to ${samples}`])) !== null) {
      return { ...candidate, warnings: [] };
    }
  }
  const warning = `${newest.length} results files that may be this run's appeared in ${run.output}; ${first.place.path} is the newest`;
  return { ...first, warnings: [warning] };
}
