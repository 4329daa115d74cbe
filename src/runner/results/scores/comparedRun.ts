import { basename, dirname, join, relative } from 'node:path';
import { errorMessage } from '../../../errors.ts';
import type { RunFolder } from '../../../files/openRunFile.ts';
import { splitMetricName } from '../../../schemas/results/metricName.ts';
import { samplesTask } from '../../../schemas/results/samplesName.ts';
import { resultsParserOf } from '../../harnesses/list.ts';
import { type ResultsFile, readResultsFile } from '../files/resultsFile.ts';

/** One score as its job has it, as plain data. */
export type KnownScore = {
  value: number | null;
  stderr: number | null;
  n: number | null;
  higherIsBetter: boolean | null;
  /** Samples whose answer failed; null: that cannot be known. */
  failed: number | null;
};

/** The results files and the samples files of one run. Paths are absolute. */
export type RunFiles = { results: string; samples: readonly string[] };

/** A job whose scores are compared, as plain data that a thread can be given. */
export type RunSource = {
  jobId: string;
  /** The folder that the files lie in; null: each in a folder in the run's, as lmms-eval writes them. */
  folder: RunFolder | null;
  files: readonly RunFiles[];
  /** Whether samples were to be kept. */
  isLogged: boolean;
  /** Task or group → scores, by the names that metrics have in answers: `exact_match`, `exact_match,strict`. */
  scores: { readonly [task: string]: { readonly [name: string]: KnownScore } };
};

/** One side of a comparison. */
export type ComparedRun = {
  /** The job, and behind it those that it repeats, the newest first: of each task the first that has scores of it counts. */
  sources: readonly [RunSource, ...RunSource[]];
  /** How it was made, as far as its request says: name → text; null: none. Credentials are masked. */
  settings: { readonly [field: string]: string | null };
};

/** A score by its names. */
export type ScoreName = { task: string; metric: string; filter: string };

/** A score of a side, and which job it is of. */
export type SideScore = ScoreName & { score: KnownScore; source: RunSource };

export const keyOf = ({ task, metric, filter }: ScoreName): string => JSON.stringify([task, metric, filter]);

/** All scores of a side, groups among them. */
export function scoresOf({ sources }: Pick<ComparedRun, 'sources'>): SideScore[] {
  const sourceOf = new Map<string, RunSource>();
  for (const source of sources)
    for (const task of Object.keys(source.scores)) if (!sourceOf.has(task)) sourceOf.set(task, source);
  return [...sourceOf].flatMap(([task, source]) =>
    Object.entries(source.scores[task] ?? {}).map(([name, score]) => ({
      task,
      ...splitMetricName(name),
      score,
      source,
    })),
  );
}

/** Results files of a job by what reads them; each is read once. */
export type OpenSource = {
  /** The results file that has the task; null: it is gone, or cannot be read. */
  fileOf(task: string): Promise<ResultsFile | null>;
  /** Any of them. */
  any(): Promise<ResultsFile | null>;
  /** Where the samples of a task lie; null: it has none. */
  samplesOf(task: string): [folder: RunFolder, name: string] | null;
  /** Why results could not be read; null: they could, or were not asked for. */
  fault(): string | null;
};

/** Opens what a job has written. Nothing is read yet. */
export function openSource(source: RunSource): OpenSource {
  let read: Promise<ResultsFile[]> | null = null;
  let fault: string | null = null;
  const all = () => {
    read ??= (async () => {
      const files: ResultsFile[] = [];
      for (const { results } of source.files) {
        try {
          files.push(await readResultsFile(...placeOf(source.folder, results), resultsParserOf(results)));
        } catch (error) {
          fault ??= errorMessage(error);
        }
      }
      return files;
    })();
    return read;
  };
  return {
    fileOf: async (task) => (await all()).find(({ results }) => Object.hasOwn(results, task)) ?? null,
    any: async () => (await all())[0] ?? null,
    samplesOf: (task) => {
      const path = source.files.flatMap(({ samples }) => samples).find((one) => samplesTask(one) === task);
      return path === undefined ? null : placeOf(source.folder, path);
    },
    fault: () => fault,
  };
}

function placeOf(folder: RunFolder | null, path: string): [folder: RunFolder, name: string] {
  if (folder !== null) return [folder, relative(folder.path, path)];
  const model = dirname(path);
  return [{ path: dirname(model), isOwn: false }, join(basename(model), basename(path))];
}
