import { join } from 'node:path';
import { errorMessage } from '../../../errors.ts';
import { RefusedFile } from '../../../files/openRunFile.ts';
import type { PreparedRun } from '../../../machines/ports/runner.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { writtenFolder } from '../../folders/runFolders.ts';
import { findHarnessLines } from '../../log/failureLines.ts';
import { type ResultsFile, readResultsFile } from '../files/resultsFile.ts';
import { linkIn, listOutput } from './outputFiles.ts';
import type { OutputFile, OutputFormat } from './outputFormat.ts';

/** The results a run wrote. */
export type OwnResults = {
  place: OutputFile;
  file: ResultsFile;
  /** The samples files of the same run, relative to the output folder. */
  samples: string[];
};

/**
 * The results; or why, of those that are there, none can be taken for this run's; or that there are none, and what is
 * wrong with a file that is there (null: there is no new file).
 */
export type Search = { found: OwnResults } | { refused: string } | { absent: string | null };

/** A results file that may be this run's; one that cannot be read may be, too. */
type Candidate = {
  place: OutputFile;
  /** `isRefused`: for what it is, whatever it may have. */
  content: { file: ResultsFile } | { unreadable: string; isRefused: boolean };
};

const MOST_NAMED = 5;

/**
 * Finds the results that this run wrote: none that was there before it, none of another run in the same folder. When
 * several may be this run's there is no telling, and none is taken.
 */
export async function findOwnResults(
  format: OutputFormat,
  run: PreparedRun,
  request: EvaluateRequest,
  operatorOptions: readonly string[],
): Promise<Search> {
  const before = new Set(run.before);
  const written = (await listOutput(run.output, (path) => format.readPath(path) !== null))
    .filter((path) => !before.has(path))
    .map(format.readPath)
    .filter((place) => place !== null);
  const candidates: Candidate[] = [];
  const foreign: string[] = [];
  for (const place of written.filter(({ kind }) => kind === 'results')) {
    const content = await read(format, run, place.path);
    // In a folder of its own only the run itself can have put it there: what else is there is not taken in its place.
    if (run.ownOutput && 'isRefused' in content && content.isRefused) return { refused: content.unreadable };
    const difference =
      'file' in content ? format.differenceOf(content.file, request, operatorOptions, run.resolvedTasks) : null;
    if (difference === null) candidates.push({ place, content });
    else foreign.push(`the results file ${join(run.output, place.path)} is of another run: ${difference}`);
  }
  const named = await thoseInLog(format, candidates, run);
  const [own, ...others] = named;
  if (own === undefined) return { absent: foreign[0] ?? unnamed(candidates, run) ?? (await notEntered(run)) };
  if (others.length > 0) return { refused: ambiguity(named, run) };
  const { place, content } = own;
  if ('unreadable' in content) return { absent: content.unreadable };
  const samples = written.filter(
    ({ kind, folder, stamp }) => kind === 'samples' && folder === place.folder && stamp === place.stamp,
  );
  return { found: { place, file: content.file, samples: samples.map(({ path }) => path) } };
}

async function read(format: OutputFormat, run: PreparedRun, path: string): Promise<Candidate['content']> {
  try {
    return { file: await readResultsFile(writtenFolder(run), path, format.parseResults) };
  } catch (error) {
    const isRefused = error instanceof RefusedFile;
    const reason = isRefused ? `it ${error.reason}` : errorMessage(error);
    return { unreadable: `the results file ${join(run.output, path)} cannot be read: ${reason}`, isRefused };
  }
}

/** A run whose results were led elsewhere says so. */
async function notEntered({ output, before }: PreparedRun): Promise<string | null> {
  const link = await linkIn(output);
  return link === null || before.includes(link) ? null : `${join(output, link)} is a link, and links are not followed`;
}

/**
 * The log is this run's alone. Where it names samples, results without a samples file among them are another run's. In a
 * folder of evald's own there is no other run, and a log need not be asked.
 */
async function thoseInLog(
  { savedSamples }: OutputFormat,
  candidates: Candidate[],
  run: PreparedRun,
): Promise<Candidate[]> {
  if (candidates.length === 0 || (run.ownOutput && candidates.length === 1)) return candidates;
  if (savedSamples === null) return candidates;
  const lines = await findHarnessLines(run.log, [savedSamples]);
  if (lines.length === 0) return candidates;
  return candidates.filter(({ place }) => {
    const samples = join(run.toldOutput ?? run.output, place.folder, `${place.stamp}_samples_`);
    return lines.some(({ lines: [line] }) => line.startsWith(savedSamples.words + samples));
  });
}

function unnamed([candidate]: readonly Candidate[], { output, log }: PreparedRun): string | null {
  if (candidate === undefined) return null;
  return `the results file ${join(output, candidate.place.path)} is of another run: ${log} names other samples as saved`;
}

function ambiguity(candidates: Candidate[], { output }: PreparedRun): string {
  const names = candidates.slice(0, MOST_NAMED).map(({ place }) => place.path);
  const more = candidates.length > MOST_NAMED ? ' and more' : '';
  return (
    `${candidates.length} results files that may be this run's appeared in ${output} (${names.join(', ')}${more}), and ` +
    'which of them is cannot be told: another run wrote there at the same time; use a separate output_dir for each run'
  );
}
