import { join } from 'node:path';
import type { EvaluateRequest } from '../../schemas/evaluateRequest.ts';
import { reasonOf } from '../../thrown.ts';
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
};

/** The results, or why those that are there cannot be taken for this run's; null when there are none. */
export type Search = { found: OwnResults } | { refused: string } | null;

/** A results file that may be this run's; one that cannot be read may be, too. */
type Candidate = { place: OutputFile; content: { file: ResultsFile } | { unreadable: string } };

const SAVING_SAMPLES = 'Saving samples to ';
const MOST_NAMED = 5;

/**
 * Finds the results that this run wrote: none that was there before it, none of another run in the same folder. When
 * several may be this run's there is no telling, and none is taken.
 */
export async function findOwnResults(
  run: PreparedRun,
  request: EvaluateRequest,
  operatorOptions: readonly string[],
): Promise<Search> {
  const before = new Set(run.before);
  const written = (await listOutput(run.output))
    .filter((path) => !before.has(path))
    .map(readOutputPath)
    .filter((place) => place !== null);
  const candidates: Candidate[] = [];
  for (const place of written.filter(({ kind }) => kind === 'results')) {
    const content = await read(join(run.output, place.path));
    const isForeign = 'file' in content && isOfAnotherRun(content.file, optionsOf(request), operatorOptions);
    if (!isForeign) candidates.push({ place, content });
  }
  const [own, ...others] = await thoseInLog(candidates, run);
  if (own === undefined) return null;
  if (others.length > 0) return { refused: ambiguity([own, ...others], run) };
  const { place, content } = own;
  if ('unreadable' in content) return { refused: content.unreadable };
  const samples = written.filter(
    ({ kind, folder, stamp }) => kind === 'samples' && folder === place.folder && stamp === place.stamp,
  );
  return { found: { place, file: content.file, samples: samples.map(({ path }) => path) } };
}

async function read(path: string): Promise<Candidate['content']> {
  try {
    return { file: await readResultsFile(path) };
  } catch (error) {
    const reason = reasonOf(error);
    return { unreadable: `the results file ${path} cannot be read: ${reason}` };
  }
}

/** The log is this run's alone. Where it names samples, results without a samples file among them are another run's. */
async function thoseInLog(candidates: Candidate[], run: PreparedRun): Promise<Candidate[]> {
  if (candidates.length === 0 || (await findFirstLine(run.log, [SAVING_SAMPLES])) === null) return candidates;
  const named: Candidate[] = [];
  for (const candidate of candidates) {
    const samples = join(run.toldOutput ?? run.output, candidate.place.folder, `${candidate.place.stamp}_samples_`);
    if ((await findFirstLine(run.log, [SAVING_SAMPLES + samples])) !== null) named.push(candidate);
  }
  return named;
}

function ambiguity(candidates: Candidate[], { output }: PreparedRun): string {
  const names = candidates.slice(0, MOST_NAMED).map(({ place }) => place.path);
  const more = candidates.length > MOST_NAMED ? ' and more' : '';
  return (
    `${candidates.length} results files that may be this run's appeared in ${output} (${names.join(', ')}${more}), and ` +
    'which of them is cannot be told: another run wrote there at the same time; use a separate output_dir for each run'
  );
}
