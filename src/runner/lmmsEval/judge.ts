import { join } from 'node:path';
import type { EvaluateRequest } from '../../schemas/evaluateRequest.ts';
import type { Outcome, Result } from '../../schemas/outcome.ts';
import type { PreparedRun } from '../contract.ts';
import { readLogTail } from '../logTail.ts';
import { findOwnResults, type OwnResults } from './candidates.ts';
import { compareTasks } from './completeness.ts';
import { differencesOf } from './differences.ts';
import { readFailure } from './failures.ts';
import { metricsOf } from './metrics.ts';

/**
 * Judges a run that ended with exit code 0. It is completed only if its log reports no failure, it wrote a results file
 * that was not there before and can only be its own, and every task asked is in it.
 *
 * @param operatorOptions names of the options that the operator's extra arguments set in the command of the run.
 */
export async function judgeOutput(
  run: PreparedRun,
  request: EvaluateRequest,
  operatorOptions: readonly string[],
): Promise<Outcome> {
  const evidence = async () => ({ log: run.log, tail: await readLogTail(run.log) });
  const failure = await readFailure(run.log);
  if (failure !== null) return { status: 'failed', kind: 'harness', reason: failure, ...(await evidence()) };
  const search = await findOwnResults(run, request, operatorOptions);
  if (search === null) return { status: 'failed', kind: 'noResults', ...(await evidence()) };
  if ('refused' in search) {
    return { status: 'failed', kind: 'harness', reason: search.refused, ...(await evidence()) };
  }
  const { file } = search.found;
  const tasks = compareTasks(file, request.tasks);
  if (tasks.missing.length > 0) {
    return { status: 'failed', kind: 'incompleteResults', missing: tasks.missing, ...(await evidence()) };
  }
  const numbers = metricsOf(file);
  const partial = file.usage['budget_exceeded'] === true ? ['the token budget ended the run: results are partial'] : [];
  return {
    status: 'completed',
    result: resultOf(search.found, run.output, request.model),
    metrics: numbers.metrics,
    warnings: [...tasks.warnings, ...partial, ...numbers.warnings, ...differencesOf(file, request, run)],
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
