import type { PreparedRun } from '../../../machines/ports/runner.ts';
import type { FailedOutcome, Outcome } from '../../../schemas/job/outcome.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import type { Measurement } from '../../harnesses/contract.ts';
import { readLogCause } from '../../log/logCause.ts';
import { readLogTail } from '../../log/logTail.ts';
import type { AnswerLimits } from '../files/answers.ts';
import type { Directions } from '../files/metrics.ts';
import { findOwnResults } from './candidates.ts';
import { examineResults, faultsOf } from './examine.ts';
import { stateOfFile } from './outputFiles.ts';
import type { OutputFormat, ReportedFailure } from './outputFormat.ts';

/** What a run is judged by, beside its request. */
export type Judging = {
  /** Names of the options that the operator's extra arguments set in the command of the run. */
  operatorOptions: readonly string[];
  /** How large a part of a task's answers may be none. */
  limits: AnswerLimits;
  /** Whether higher is better, of metrics of which the results do not say it; absent: only the results do. */
  directions?: Directions;
};

/**
 * Judges a run that ended with exit code 0. It is completed only if it wrote a results file that was not there before and
 * can only be its own, and every task asked is in it. Where results or samples are missing, a failure that its log reports
 * says why. Where all are there, such a line is contradicted by them: the harness writes them last, and an answer can look
 * like any line. They decide, and a warning quotes the line. Not so in a folder that the client named, where the log does not
 * name what was saved: there a run that says that it saved nothing is believed, for another one may have.
 *
 * @param hung seconds of silence after which evald ended it, with its results there; null when it ended by itself.
 * Then no exit code speaks for it, and a reported failure is believed.
 */
export async function judgeOutput(
  format: OutputFormat,
  run: PreparedRun,
  request: EvaluateRequest,
  { hung, ...judging }: Judging & { hung: number | null },
): Promise<Outcome> {
  const reported = await format.readFailure(run.log);
  const search = await findOwnResults(format, run, request, judging.operatorOptions);
  if (!('found' in search)) {
    if (reported !== null) return harnessFailure(run, reported, null);
    if ('refused' in search) {
      return { status: 'failed', kind: 'harness', reason: search.refused, ...(await evidence(run)) };
    }
    return noResults(run, search.absent);
  }

  // In a folder that others may write to, no log tells whose they are.
  if (reported !== null && !reported.isOfSamples && !run.ownOutput && format.savedSamples === null) {
    return harnessFailure(run, reported, null);
  }

  const { file } = search.found;
  const { missing, measured, lack } = await examineResults(format, run, search.found, request, judging);
  if (missing.length > 0) {
    if (reported !== null) return harnessFailure(run, reported, measured);
    const faults = faultsOf(file);
    const ofTasks = faults.length > 0 && { faults };
    return {
      status: 'failed',
      kind: 'incompleteResults',
      missing,
      ...ofTasks,
      partial: measured,
      ...(await evidence(run)),
    };
  }

  const warnings = [...(await warningsOfLog(run.log)), ...measured.warnings];
  if (reported !== null) {
    const claimsNothing = Object.keys(file['n-samples']).length === 0;
    const isShort = lack?.kind === 'incompleteResults' || (reported.isOfSamples && claimsNothing);
    if (isShort || hung !== null) return harnessFailure(run, reported, measured);
    warnings.push(contradicted(reported));
  }
  if (lack !== null) return { status: 'failed', ...lack, partial: { ...measured, warnings }, ...(await evidence(run)) };
  if (hung !== null) warnings.push(endedAfterResults(hung));
  return { status: 'completed', ...measured, warnings };
}

/** What a run has measured of its own so far; null when nothing, or nothing that can only be its own. */
export async function measureOutput(
  format: OutputFormat,
  run: PreparedRun,
  request: EvaluateRequest,
  judging: Judging,
): Promise<Measurement | null> {
  const search = await findOwnResults(format, run, request, judging.operatorOptions);
  if (!('found' in search)) return null;
  const { missing, measured, lack } = await examineResults(format, run, search.found, request, judging);
  return { measured, isWhole: missing.length === 0 && lack?.kind !== 'incompleteResults' };
}

/** A log that was deleted or renamed says nothing of a failure: then the results decide, and the job says so. */
async function warningsOfLog(log: string): Promise<string[]> {
  const isThere = await stateOfFile(log).then(
    () => true,
    () => false,
  );
  return isThere ? [] : [`the log is gone (${log}): whether it reported a failure is not known`];
}

async function evidence({ log }: PreparedRun) {
  return { log, tail: await readLogTail(log) };
}

async function harnessFailure(
  run: PreparedRun,
  { reason, offset, hasException }: ReportedFailure,
  partial: FailedOutcome['partial'] | null,
): Promise<FailedOutcome> {
  const { text } = hasException
    ? await readLogCause(run.log, { kind: 'reported', words: reason, offset })
    : { text: null };
  return {
    status: 'failed',
    kind: 'harness',
    reason,
    ...(text !== null && { cause: text }),
    ...(partial && { partial }),
    ...(await evidence(run)),
  };
}

/** Without any file the last exception of the log is the best that is known. */
async function noResults(run: PreparedRun, absent: string | null): Promise<FailedOutcome> {
  const cause = absent ?? (await readLogCause(run.log, { kind: 'ended' })).text;
  return { status: 'failed', kind: 'noResults', ...(cause !== null && { cause }), ...(await evidence(run)) };
}

const LONGEST_QUOTE = 300;

function contradicted({ reason }: ReportedFailure): string {
  const [line = ''] = reason.split('\n');
  const quote = line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE).toWellFormed()}…` : line;
  return `the log has a line of failure, and the results of all tasks are there and whole: ${JSON.stringify(quote)}`;
}

function endedAfterResults(seconds: number): string {
  return `the run hung after its results were written, and was ended after ${seconds} s without output (--linger)`;
}
