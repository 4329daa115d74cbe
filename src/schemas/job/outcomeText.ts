import { constants } from 'node:os';
import type { FailedOutcome, FailureKind } from './outcome.ts';

type FailureOf<Kind extends FailureKind> = Extract<FailedOutcome, { kind: Kind }>;

/**
 * Renders the `error` that clients read. Its first line says what happened and, where it is known, why; then come the
 * harness's own words and the last lines of the log. The texts that lmms-eval's server has too begin as its own.
 */
export function outcomeText(failed: FailedOutcome): string {
  switch (failed.kind) {
    case 'exited':
      return withTail(`Evaluation failed with return code ${failed.code}`, failed);
    case 'signalled':
      return withTail(`Evaluation failed with return code ${returnCode(failed.signal)}`, failed);
    case 'noResults':
      return withTail('Evaluation produced no parsed results', failed);
    case 'launch':
      return `Evaluation could not be started: ${failed.reason}`;
    case 'harness':
      return harnessText(failed);
    case 'incompleteResults':
      return withTail(incompleteness(failed), failed, '\n');
    case 'failedAnswers':
      return withTail(failedAnswers(failed), failed, '\n');
    case 'timedOut':
      return withTail(`Evaluation was ended: it ran longer than ${limitText(failed)}`, failed, '\n');
    case 'stalled':
      return withTail(`Evaluation was ended: it showed no progress for ${failed.seconds} s`, failed, '\n');
    case 'stopped':
      if (failed.reason !== undefined) return withTail('Evaluation was stopped', failed, '\n');
      return withTail(`Evaluation was stopped on request${failed.who ? ` of ${failed.who}` : ''}`, failed, '\n');
    case 'interrupted':
      return withTail('Evaluation was ended because the server was shut down; submit it again', failed, '\n');
    case 'lost':
      return `Evaluation was lost: ${failed.reason}. It was not run again; submit it again.`;
    case 'preempted':
      return withTail('Evaluation had to make room', failed, '\n');
    case 'nodeFailed':
      return withTail('Evaluation was ended by the failure of its machine', failed, '\n');
    case 'outOfMemory':
      return withTail('Evaluation was ended for its memory', failed, '\n');
  }
}

/** Why a run failed, in one line, without the last lines of its log. */
export function failureReason(failed: FailedOutcome): string {
  const [line = ''] = outcomeText('log' in failed ? { ...failed, log: '' } : failed).split('\n', 1);
  return line.replace(/\.$/, '');
}

const limitText = ({ seconds }: FailureOf<'timedOut'>): string =>
  seconds === null ? 'its engine lets it' : `the ${seconds} s it may`;

function incompleteness({ missing, faults = [], parts }: FailureOf<'incompleteResults'>): string {
  if (parts !== undefined) return `Evaluation of ${missing.length} of ${parts} tasks failed: ${faults.join('; ')}`;
  if (faults.length === 0) return `Evaluation produced no results for ${missing.join(', ')}`;
  return `Evaluation is incomplete: ${faults.join('; ')}`;
}

function failedAnswers({ faults, first }: FailureOf<'failedAnswers'>): string {
  const words = first === null ? '' : `; the first: ${first}`;
  return `Evaluation got too few answers: ${faults.join('; ')}${words}`;
}

type Shown = { cause?: string | undefined; reason?: string | undefined; log: string; tail: string[] };

/** @param separator what stands between the sentence and the log when no cause is known: a blank in the original's texts. */
function withTail(what: string, { cause, reason, log, tail }: Shown, separator = ' '): string {
  const causes = [reason, cause].filter((text) => text !== undefined);
  // It was stopped before it had one.
  if (log === '') return `${[what, ...causes].join(': ')}.`;
  const first = causes.length === 0 ? `${what}.${separator}` : `${what}: ${causes.join('; ')}\n`;
  return `${first}Last lines of ${log}:\n${tail.join('\n')}`;
}

/** What the harness says of a failure may name only what passed it on: then the cause goes first. */
function harnessText({ cause, reason, log, tail }: Shown & { reason: string }): string {
  const words = cause === undefined ? reason : `${cause}\n${reason}`;
  return `Evaluation failed: ${words}\nLast lines of ${log}:\n${tail.join('\n')}`;
}

/** Python's convention, which the original's texts follow: the negative number of the signal. */
function returnCode(signal: string): string {
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return number === undefined ? signal : String(-number);
}
