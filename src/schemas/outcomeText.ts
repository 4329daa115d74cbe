import { constants } from 'node:os';
import type { FailedOutcome } from './outcome.ts';

/** The `error` that clients see, the one place that words it. The first two texts are the original server's. */
export function outcomeText(failed: FailedOutcome): string {
  return 'tail' in failed
    ? [`${headline(failed)} Last lines of ${failed.log}:`, ...failed.tail].join('\n')
    : headline(failed);
}

function headline(failed: FailedOutcome): string {
  switch (failed.kind) {
    case 'exited':
      return `Evaluation failed with return code ${failed.code}.`;
    case 'signalled':
      return `Evaluation failed with return code ${returnCode(failed.signal)} (${failed.signal}).`;
    case 'noResults':
      return 'Evaluation produced no parsed results.';
    case 'launch':
      return `Evaluation could not be started: ${failed.reason}`;
    case 'harness':
      return `Evaluation failed although its exit code is 0: ${failed.reason}`;
    case 'incompleteResults':
      return `Evaluation produced no results for: ${failed.missing.join(', ')}.`;
    case 'timedOut':
      return `Evaluation was ended after ${failed.seconds} s, its time limit.`;
    case 'stalled':
      return `Evaluation was ended after ${failed.seconds} s without output.`;
    case 'stopped':
      return 'Evaluation was stopped on request.';
    case 'interrupted':
      return 'Evaluation was ended because the server was stopped. Submit it again.';
    case 'lost':
      return `Evaluation was lost: ${failed.reason}. It may have run; submit it again if you need its results.`;
  }
}

/** The negative number by which Python, and so the original, tells a signal. */
function returnCode(signal: string): string {
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1];
  return number === undefined ? 'unknown' : `-${number}`;
}
