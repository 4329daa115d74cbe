import { join } from 'node:path';
import { z } from 'zod';
import { type RunFolder, readRunFile } from '../../../files/openRunFile.ts';
import { asDoubles } from '../../../schemas/results/exactNumber.ts';
import { runLimits } from '../../../schemas/values/limits.ts';
import { parseExactly } from './pythonJson.ts';

/** Bytes of a results file. */
export const MOST_RESULTS_BYTES = 64 * 1024 * 1024;

const row = z.record(z.string(), z.unknown());

const text = z.string().nullable().catch(null);

/** The parts of a results file that evald reads. Only `results` must be there; what has another shape is as if absent. */
export const resultsFileSchema = z.object({
  results: z.record(z.string(), row).describe('task or group → "metric,filter" → number'),
  groups: z.record(z.string(), z.unknown()).catch({}).describe('Groups that have scores of their own'),
  group_subtasks: z.record(z.string(), z.array(z.string())).catch({}).describe('task or group → its parts'),
  configs: z.record(z.string(), row).catch({}).describe('task → its definition'),
  higher_is_better: z.record(z.string(), row).catch({}).describe('task or group → metric → direction'),
  'n-samples': z.record(z.string(), row).catch({}).describe('task → original and effective number of samples'),
  versions: row.catch({}).describe('task or group → version of its definition'),
  'n-shot': row.catch({}).describe('task → examples that were shown before each question'),
  task_hashes: row
    .catch({})
    .describe('lm-eval: task → hash of its questions, prompts and targets, where samples were kept'),
  config: row.catch({}).describe('What the run was asked'),
  chat_template: text.describe('The template that prompts were written by'),
  chat_template_sha: text.describe('Its hash'),
  system_instruction: text.describe('What stood before each prompt'),
  model_name: text.describe('Name of the model, from its arguments'),
  git_hash: text.describe('Commit of the checkout of lmms-eval'),
  lmms_eval_version: text.describe('Branch and commit of the checkout of lmms-eval'),
  lm_eval_version: text.describe('Version of lm-eval, which lmms-eval does not note'),
  model_source: text.describe("lm-eval's name of the kind of model"),
  date: z.union([z.string(), z.number()]).nullable().catch(null).describe('lm-eval: when it began, seconds since 1970'),
  total_evaluation_time_seconds: z.union([z.string(), z.number()]).nullable().catch(null).describe('What it took'),
  usage: row.catch({}).describe('Tokens used, and whether a budget ended the run'),
});

/** Parsed once: a large file takes many times its size. */
const withResults = z.looseObject({ results: resultsFileSchema.shape.results });

export type ResultsFile = z.infer<typeof resultsFileSchema> & {
  /**
   * task → metric → samples that the score is of, where the harness says that of each. Samples that are kept must be as many.
   */
  counts?: Record<string, Record<string, number>>;
  /** Whether samples may be missing although they were asked for; absent: they may not. */
  samplesAreOptional?: boolean;
  /** task → why its evaluation is no whole success, as its harness says. It may have scores all the same. */
  faults?: Record<string, string>;
  /** task → answers that are of an earlier run. */
  cached?: Record<string, number>;
  /** Version of inspect-ai. */
  inspect_version?: string | null;
};

/** There is none of that path. Recognised by its code, which it keeps from thread to thread. */
export class NoResultsFile extends Error {
  override name = 'NoResultsFile';
  readonly code = 'ENOENT';
}

/**
 * Reads a results file. @param name its path in the run's folder. @param parse what reads its text.
 * @throws NoResultsFile; as `openRunFile`; when it is cut off, or has no results.
 */
export async function readResultsFile(
  folder: RunFolder,
  name: string,
  parse: (text: string) => ResultsFile = parseResults,
): Promise<ResultsFile> {
  const text = await readRunFile(folder, name, MOST_RESULTS_BYTES);
  if (text === null) throw new NoResultsFile(`there is no file ${join(folder.path, name)}`);
  return parse(text);
}

/** @throws when it is no JSON, has no results, or more of something than evaluations have (`runLimits`). */
export function parseResults(text: string): ResultsFile {
  const parsed = withResults.safeParse(parseExactly(text));
  if (!parsed.success) throw new Error('it has no `results`');
  // Of the numbers only the scores pass through evald; what else is in the file is compared, as numbers.
  const { results, ...rest } = parsed.data;
  const file = { ...resultsFileSchema.omit({ results: true }).parse(asDoubles(rest)), results };
  checkSize(file);
  return file;
}

/** @throws when there is more of something than evaluations have: several of these are combined with each other. */
export function checkSize(file: ResultsFile): void {
  const { results, groups, group_subtasks, configs, higher_is_better, versions } = file;
  const { 'n-samples': samples, 'n-shot': shots } = file;
  const named = [results, groups, group_subtasks, configs, higher_is_better, versions, samples, shots].map(Object.keys);
  const rows = Object.values(results).map((scores) => Object.keys(scores).length);
  const parts = Object.values(group_subtasks);
  const names = [...named, ...parts];
  const faults: [boolean, string][] = [
    [named.some(({ length }) => length > runLimits.tasks), `${runLimits.tasks} tasks and groups`],
    [rows.some((length) => length > runLimits.metrics), `${runLimits.metrics} scores of a task`],
    [sum(rows) > runLimits.scores, `${runLimits.scores} scores`],
    [sum(parts.map(({ length }) => length)) > runLimits.parts, `${runLimits.parts} parts of groups`],
    [
      names.some((some) => some.some(({ length }) => length > runLimits.name)),
      `${runLimits.name} characters in the name of a task or a group`,
    ],
  ];
  const fault = faults.find(([isThere]) => isThere);
  if (fault !== undefined) throw new Error(`it has more than ${fault[1]}`);
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
