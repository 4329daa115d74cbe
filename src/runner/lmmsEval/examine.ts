import { join } from 'node:path';
import type { EvaluateRequest } from '../../schemas/evaluateRequest.ts';
import type { PartialResults, Result } from '../../schemas/outcome.ts';
import type { PreparedRun } from '../contract.ts';
import { type AnswerLimits, countAnswers } from './answers.ts';
import type { OwnResults } from './candidates.ts';
import { askedFor } from './completeness.ts';
import { readLogErrors } from './logErrors.ts';
import { metricsOf } from './metrics.ts';
import { readTaskSamples } from './taskSamples.ts';

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
 * @returns what was measured, and what it lacks to be the whole; null: nothing.
 * @throws the system's error when the log or a samples file cannot be read.
 */
export async function examineResults(
  run: PreparedRun,
  found: OwnResults,
  request: EvaluateRequest,
  limits: AnswerLimits,
): Promise<{ measured: PartialResults; lack: Lack | null }> {
  const { file } = found;
  const contents = await readTaskSamples(found, run.output, request.log_samples || request.predict_only);
  const counted = countAnswers(file, contents, await readLogErrors(run.log), limits);
  const numbers = metricsOf(file, new Map(contents.map((content) => [content.task, content])));
  const measured = {
    result: resultOf(found, run.output, request.model),
    metrics: numbers.metrics,
    answers: counted.answers,
    warnings: some([...counted.warnings, ...numbers.warnings], MOST_WARNINGS),
  };
  const faulty = contents.filter(({ fault }) => fault !== null);
  if (faulty.length > 0) {
    const faults = some(faulty.map(({ task, fault }) => `the samples file of ${task}: ${fault}`));
    const missing = askedFor(
      file,
      request.tasks,
      faulty.map(({ task }) => task),
    );
    return { measured, lack: { kind: 'incompleteResults', missing, faults } };
  }
  if (counted.tooMany.length > 0) {
    const tasks = counted.tooMany.map(({ task }) => task).filter((task) => task !== null);
    const isOfAny = tasks.length < counted.tooMany.length;
    const missing = isOfAny ? request.tasks : askedFor(file, request.tasks, tasks);
    const faults = some(counted.tooMany.map(({ what }) => what));
    return { measured, lack: { kind: 'failedAnswers', missing, faults, first: counted.first } };
  }
  const rows = Object.values(file.results);
  const isPredicted =
    request.predict_only || rows.some((row) => Object.keys(row).some((key) => key.startsWith('bypass,')));
  if (!isPredicted && Object.values(numbers.metrics).every((row) => Object.keys(row).length === 0)) {
    const why = numbers.warnings.length > 0 ? `: ${some(numbers.warnings).join('; ')}` : '';
    const cause = `the results file ${join(run.output, found.place.path)} has no number${why}`;
    return { measured, lack: { kind: 'noResults', cause } };
  }
  return { measured, lack: null };
}

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
