import { constants } from 'node:os';
import type { FailedOutcome } from './outcome.ts';

/**
 * Renders the `error` that clients read: what happened and, where there is something to do, what; then the last lines
 * of the log. The texts that lmms-eval's server has too begin as its own.
 */
export function outcomeText(failed: FailedOutcome): string {
  switch (failed.kind) {
    case 'exited':
      return withTail(`Evaluation failed with return code ${failed.code}${because(failed)}.`, failed);
    case 'signalled':
      return withTail(`Evaluation failed with return code ${returnCode(failed.signal)}${because(failed)}.`, failed);
    case 'noResults':
      return withTail('Evaluation produced no parsed results.', failed);
    case 'launch':
      return `Evaluation could not be started: ${failed.reason}`;
    case 'harness':
      return withTail(`Evaluation failed: ${failed.reason}\n`, failed);
    case 'incompleteResults':
      return withTail(`Evaluation produced no results for ${failed.missing.join(', ')}.\n`, failed);
    case 'timedOut':
      return withTail(`Evaluation was ended: it ran longer than the ${failed.seconds} s it may.\n`, failed);
    case 'stalled':
      return withTail(`Evaluation was ended: it showed no progress for ${failed.seconds} s.\n`, failed);
    case 'stopped':
      return withTail(`Evaluation was stopped on request${failed.who ? ` of ${failed.who}` : ''}.\n`, failed);
    case 'interrupted':
      return withTail('Evaluation was ended because the server was shut down; submit it again.\n', failed);
    case 'lost':
      return `Evaluation was lost: ${failed.reason}. It was not run again; submit it again.`;
  }
}

function because({ reason }: { reason?: string | undefined }): string {
  return reason === undefined ? '' : `: ${reason}`;
}

function withTail(what: string, { log, tail }: { log: string; tail: string[] }): string {
  // It was stopped before it had one.
  if (log === '') return what.trimEnd();
  const separator = what.endsWith('\n') ? '' : ' ';
  return `${what}${separator}Last lines of ${log}:\n${tail.join('\n')}`;
}

/** Python's convention, which the original's texts follow: the negative number of the signal. */
function returnCode(signal: string): string {
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return number === undefined ? signal : String(-number);
}
