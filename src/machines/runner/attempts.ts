import { type FailedAttempt, MOST_ERROR } from '../../schemas/job/attempt.ts';
import { failureReason } from '../../schemas/job/outcomeText.ts';
import type { RetryPolicy } from '../../schemas/submission/retry.ts';
import type { RunnerContext } from './runnerContext.ts';

/** Milliseconds between the end of the first attempt and the next one; between later ones twice as many each time, up to so many. */
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 300_000;

type Tried = Pick<RunnerContext, 'attempts' | 'ended'>;

/** The attempts at what is under way, the job or the part of it, that have failed. */
export function failedAttempts({ attempts, ended }: Tried): readonly FailedAttempt[] {
  const part = ended === null ? undefined : ended.length + 1;
  return attempts.filter((attempt) => attempt.part === part);
}

/** Whether another attempt would be made if its engine failed the one under way. */
export function isAttemptLeft(context: Tried & { retry: RetryPolicy }): boolean {
  return failedAttempts(context).length < context.retry.max;
}

/**
 * Whether the run that has ended is followed by another attempt at the same. Not when its end was asked for, nor when it is not known
 * whether anything of it runs.
 */
export function isToBeRetried(context: RunnerContext): boolean {
  const { outcome, retry, stopReason, ending, origin, handle } = context;
  if (outcome?.status !== 'failed' || stopReason !== null || ending !== null) return false;
  if (origin === 'unknown' && handle === null) return false;
  return (retry.on as readonly string[]).includes(outcome.kind) && isAttemptLeft(context);
}

/** The attempt that has just failed. @throws when it did not: the chart would be wrong. */
export function failedAttempt(context: RunnerContext): FailedAttempt {
  const { outcome, prepared, handle, place, ended, now, monotonic } = context;
  if (outcome?.status !== 'failed') throw new Error('the run has not failed');
  const number = failedAttempts(context).length + 1;
  const pause = Math.min(FIRST_PAUSE * 2 ** (number - 1), LONGEST_PAUSE);
  const node = place?.node ?? handle?.['node'];
  return {
    number,
    ...(ended !== null && { part: ended.length + 1 }),
    kind: outcome.kind,
    // Of one that is lost the text of its job's end would say that it is not run again.
    error: (outcome.kind === 'lost' ? `It was lost: ${outcome.reason}` : failureReason(outcome)).slice(0, MOST_ERROR),
    log: prepared?.log ?? null,
    node: typeof node === 'string' ? node : null,
    endedAt: now(),
    next: { at: now() + pause, monotonic: monotonic() + pause },
  };
}

/** Milliseconds until the next attempt begins; 0 where none has failed. */
export function untilNextAttempt(context: RunnerContext): number {
  const last = failedAttempts(context).at(-1);
  return last === undefined ? 0 : Math.max(0, last.next.monotonic - context.monotonic());
}

/** Whether an earlier server has left what is under way between two attempts: of the next one nothing was launched yet. */
export function isBetweenAttempts(context: RunnerContext): boolean {
  return context.origin === 'unknown' && context.stopReason === null && untilNextAttempt(context) > 0;
}
