import { join } from 'node:path';
import type { PreparedRun } from '../../../machines/ports/runner.ts';
import type { Metrics, PartialResults, Result } from '../../../schemas/job/outcome.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { writtenFolder } from '../../folders/runFolders.ts';
import { countAnswers } from '../files/answers.ts';
import { compareTasks, requestedTasks } from '../files/completeness.ts';
import { provenanceOf } from '../files/madeOf.ts';
import { metricsOf } from '../files/metrics.ts';
import type { ResultsFile } from '../files/resultsFile.ts';
import { readTaskSamples, type TaskContent } from '../files/taskSamples.ts';
import type { OwnResults } from './candidates.ts';
import { differencesOf } from './differences.ts';
import type { Judging } from './judge.ts';
import type { OutputFormat } from './outputFormat.ts';

/** Why the numbers of a run cannot be taken for the whole; without what every failure has. */
type Lack =
  | { kind: 'incompleteResults'; missing: string[]; faults: string[] }
  | { kind: 'failedAnswers'; missing: string[]; faults: string[]; first: string | null }
  | { kind: 'noResults'; cause: string };

/** Tasks whose faults are put into one text. */
const MOST_NAMED = 20;
const MOST_WARNINGS = 200;

/**
 * Looks into the results that are a run's own: reads its numbers, and what became of the answers that they are of.
 *
 * @returns what was measured; what was asked and has no results; and what else it lacks to be the whole, null: nothing.
 * @throws the system's error when the log or a samples file cannot be read.
 */
export async function examineResults(
  format: OutputFormat,
  run: PreparedRun,
  found: OwnResults,
  request: EvaluateRequest,
  { limits, directions }: Judging,
): Promise<{ measured: PartialResults; missing: string[]; lack: Lack | null }> {
  const { file } = found;
  const tasks = compareTasks(file, request.tasks, run.resolvedTasks);
  const budget = file.usage['budget_exceeded'] === true ? ['the token budget ended the run: results are partial'] : [];
  const contents = await readTaskSamples(found, writtenFolder(run), request.log_samples || request.predict_only);
  const counted = countAnswers(file, contents, await format.readLogErrors(run.log), limits);
  const numbers = metricsOf(file, new Map(contents.map((content) => [content.task, content])), directions);
  const differences = differencesOf(file, request, run);
  const warnings = [...tasks.warnings, ...budget, ...counted.warnings, ...numbers.warnings, ...differences];
  const numberless = `the results file ${join(run.output, found.place.path)} has no number`;
  const ofSamples = lackOfSamples(file, contents, request, run.resolvedTasks);
  const ofTasks = lackOfTasks(file, request, run.resolvedTasks);
  const ofAnswers = lackOfAnswers(file, counted, request, run.resolvedTasks);
  const doubted = new Set([ofSamples, ofTasks, ofAnswers].flatMap((one) => one?.missing ?? []));
  const measured = {
    result: resultOf(found, run.output, request.model),
    metrics: numbers.metrics,
    answers: counted.answers,
    provenance: provenanceOf(file, numbers.metrics),
    warnings: some(warnings, MOST_WARNINGS),
    ...(doubted.size > 0 && { doubted: [...doubted] }),
  };
  const lack =
    ofSamples ??
    ofTasks ??
    ofAnswers ??
    (hasNumbers(file, numbers.metrics, request)
      ? null
      : { kind: 'noResults' as const, cause: because(numberless, numbers) });
  return { measured, missing: tasks.missing, lack };
}

function lackOfSamples(
  file: ResultsFile,
  contents: readonly TaskContent[],
  { tasks }: EvaluateRequest,
  resolved: PreparedRun['resolvedTasks'],
) {
  const faulty = contents.filter(({ fault }) => fault !== null);
  if (faulty.length === 0) return null;
  const names = faulty.map(({ task }) => task);
  const faults = some(faulty.map(({ task, fault }) => `the samples file of ${task}: ${fault}`));
  return { kind: 'incompleteResults' as const, missing: requestedTasks(file, tasks, names, resolved), faults };
}

/** What the harness itself says of tasks whose evaluation is no whole success. */
export const faultsOf = ({ faults = {} }: ResultsFile): string[] =>
  some(Object.entries(faults).map(([task, fault]) => `${task}: ${fault}`));

function lackOfTasks(file: ResultsFile, { tasks }: EvaluateRequest, resolved: PreparedRun['resolvedTasks']) {
  const names = Object.keys(file.faults ?? {});
  if (names.length === 0) return null;
  const missing = requestedTasks(file, tasks, names, resolved);
  return { kind: 'incompleteResults' as const, missing, faults: faultsOf(file) };
}

function lackOfAnswers(
  file: ResultsFile,
  { tooMany, first }: ReturnType<typeof countAnswers>,
  { tasks: asked }: EvaluateRequest,
  resolved: PreparedRun['resolvedTasks'],
) {
  if (tooMany.length === 0) return null;
  const tasks = tooMany.map(({ task }) => task).filter((task) => task !== null);
  const isOfAny = tasks.length < tooMany.length;
  const missing = isOfAny ? asked : requestedTasks(file, asked, tasks, resolved);
  return { kind: 'failedAnswers' as const, missing, faults: some(tooMany.map(({ what }) => what)), first };
}

/** Whether there is a score at all; a run that only predicts has none to show. */
function hasNumbers({ results }: ResultsFile, metrics: Metrics, { predict_only }: EvaluateRequest): boolean {
  const isPredicted =
    predict_only || Object.values(results).some((row) => Object.keys(row).some((key) => key.startsWith('bypass,')));
  return isPredicted || Object.values(metrics).some((row) => Object.keys(row).length > 0);
}

const because = (what: string, { warnings }: { warnings: string[] }): string =>
  warnings.length > 0 ? `${what}: ${some(warnings).join('; ')}` : what;

function some(texts: string[], most = MOST_NAMED): string[] {
  return texts.length > most ? [...texts.slice(0, most), `and ${texts.length - most} more`] : texts;
}

/** The original's shape. It reads folders only; for files directly in the output folder the key is the model's name. */
function resultOf({ place, samples }: OwnResults, output: string, model: string): Result {
  return {
    [place.folder === '' ? model : place.folder]: {
      results: join(output, place.path),
      samples: samples.map((path) => join(output, path)),
    },
  };
}
