import { join } from 'node:path';
import { eachLine } from '../../files/eachLine.ts';
import { openFile } from '../../files/openFile.ts';
import type { EvaluateRequest } from '../../schemas/evaluateRequest.ts';
import type { PartialResults, Result } from '../../schemas/outcome.ts';
import type { PreparedRun } from '../contract.ts';
import type { OwnResults } from './candidates.ts';
import { compareTasks } from './completeness.ts';
import { metricsOf } from './metrics.ts';

/** What a run's own results say. */
export type Measured = PartialResults & {
  /** What was asked and has no results. */
  missing: string[];
};

/** Reads what was measured out of a run's own results. */
export function measuredIn(found: OwnResults, { output }: PreparedRun, request: EvaluateRequest): Measured {
  const { file } = found;
  const tasks = compareTasks(file, request.tasks);
  const numbers = metricsOf(file);
  const budget = file.usage['budget_exceeded'] === true ? ['the token budget ended the run: results are partial'] : [];
  return {
    result: resultOf(found, output, request.model),
    metrics: numbers.metrics,
    warnings: [...tasks.warnings, ...budget, ...numbers.warnings],
    missing: tasks.missing,
  };
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

/**
 * Whether each task has a samples file with as many whole lines as its results claim; unknown when they claim nothing.
 */
export async function samplesState(
  { file, samples, place }: OwnResults,
  { output }: PreparedRun,
): Promise<'whole' | 'short' | 'unknown'> {
  const counts = Object.entries(file['n-samples']);
  for (const [task, { effective }] of counts) {
    const path = samples.find((name) => name.endsWith(`${place.stamp}_samples_${task}.jsonl`));
    if (path === undefined || (await linesOf(join(output, path))) !== effective) return 'short';
  }
  return counts.length > 0 ? 'whole' : 'unknown';
}

/** Lines of a file; null when it is not there, or does not end with one. */
async function linesOf(path: string): Promise<number | null> {
  const file = await openFile(path).catch(() => null);
  if (file === null) return null;
  try {
    let count = 0;
    let bytes = 0;
    await eachLine(file.handle, 0, ({ length }) => {
      if (length > 0) count += 1;
      bytes += length + 1;
    });
    // The last one ends too, unless it was cut off.
    return bytes === file.size ? count : null;
  } finally {
    await file.handle.close();
  }
}
