import type { EvaluateRequest } from '../../schemas/evaluateRequest.ts';
import type { Outcome } from '../../schemas/outcome.ts';
import type { PreparedRun } from '../contract.ts';
import { readLogTail } from '../logTail.ts';
import { type AnswerLimits, defaultLimits } from './answers.ts';
import { findOwnResults } from './candidates.ts';
import { compareTasks } from './completeness.ts';
import { examineResults } from './examine.ts';
import { readFailure } from './failures.ts';

/**
 * Judges a run that ended with exit code 0. It is completed only if its log reports no failure, it wrote a results file
 * that was not there before and can only be its own, and every task asked is in it.
 *
 * @param operatorOptions names of the options that the operator's extra arguments set in the command of the run.
 * @param limits how large a part of a task's answers may be none.
 */
export async function judgeOutput(
  run: PreparedRun,
  request: EvaluateRequest,
  operatorOptions: readonly string[],
  limits: AnswerLimits = defaultLimits,
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
  const { measured, lack } = await examineResults(run, search.found, request, limits);
  const partial = file.usage['budget_exceeded'] === true ? ['the token budget ended the run: results are partial'] : [];
  const warnings = [...tasks.warnings, ...partial, ...measured.warnings];
  if (lack !== null) return { status: 'failed', ...lack, partial: { ...measured, warnings }, ...(await evidence()) };
  return { status: 'completed', ...measured, warnings };
}
