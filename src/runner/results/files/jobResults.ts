import { basename, dirname, join, relative } from 'node:path';
import type { RunFolder } from '../../../files/openRunFile.ts';
import type { Metrics } from '../../../schemas/job/outcome.ts';
import type { JobResults } from '../../../schemas/results/jobResults.ts';
import { resultsParserOf } from '../../harnesses/list.ts';
import { harnessVersionOf } from './madeOf.ts';
import { metricsOf } from './metrics.ts';
import { type ResultsFile, readResultsFile } from './resultsFile.ts';

/** What the results files of a run say, put together. */
export type ReadResults = Pick<JobResults, 'model_name' | 'git_hash' | 'evaluation_seconds' | 'warnings'> & {
  metrics: Metrics;
  samples: SampleCounts;
  version: string | null;
};

/** task → samples it has, and that were evaluated. */
type SampleCounts = Record<string, Pick<JobResults['samples'][string], 'original' | 'effective'>>;

/** Of one file. */
const MOST_WARNINGS = 200;

/**
 * Reads the results files of a run. @param folder that they lie in; without it, each in a folder in the run's, as
 * lmms-eval writes them. @throws as `readResultsFile`.
 */
export async function readJobResults(paths: readonly string[], folder?: RunFolder): Promise<ReadResults> {
  const all: ReadResults = {
    model_name: null,
    metrics: {},
    samples: {},
    git_hash: null,
    evaluation_seconds: null,
    warnings: [],
    version: null,
  };
  for (const path of paths) {
    const file = await readResultsFile(...placeIn(path, folder), resultsParserOf(path));
    const { metrics, warnings } = metricsOf(file);
    Object.assign(all.metrics, metrics);
    Object.assign(all.samples, samplesOf(file));
    for (const warning of warnings.slice(0, MOST_WARNINGS)) all.warnings.push(warning);
    all.model_name ??= file.model_name || null;
    all.git_hash ??= file.git_hash || null;
    const seconds = secondsOf(file);
    if (seconds !== null) all.evaluation_seconds = (all.evaluation_seconds ?? 0) + seconds;
    all.version ??= harnessVersionOf(file);
  }
  return all;
}

function placeIn(path: string, folder: RunFolder | undefined): [folder: RunFolder, name: string] {
  if (folder !== undefined) return [folder, relative(folder.path, path)];
  const model = dirname(path);
  return [{ path: dirname(model), isOwn: false }, join(basename(model), basename(path))];
}

function samplesOf(file: ResultsFile): SampleCounts {
  const counts = Object.entries(file['n-samples']).map(([task, { original, effective }]) => {
    return [task, { original: countOf(original), effective: countOf(effective) }] as const;
  });
  return Object.fromEntries(counts);
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** lmms-eval writes it as text. */
function secondsOf({ total_evaluation_time_seconds: time }: ResultsFile): number | null {
  const seconds = typeof time === 'string' && time.trim() !== '' ? Number(time) : time;
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds : null;
}
