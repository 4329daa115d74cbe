const HOUR = 60 * 60;

/** Seconds to wait after each failed attempt: doubled up to 6 hours, 23 hours in all. After the last it is given up. */
export const waits: readonly number[] = [
  5,
  10,
  20,
  40,
  80,
  160,
  320,
  640,
  1_280,
  2_560,
  5_120,
  10_240,
  20_480,
  6 * HOUR,
  6 * HOUR,
];

/** Attempts in all. */
export const MAX_ATTEMPTS: number = waits.length + 1;

/** Waits are spread by this much to both sides, so that what failed together does not come back together. */
const JITTER = 0.2;

/**
 * Milliseconds until the next attempt.
 * @param failed attempts that have failed, from 1. @param random from 0 to 1. @throws RangeError when there is none.
 */
export function waitAfter(failed: number, random: number): number {
  const seconds = waits[failed - 1];
  if (seconds === undefined) throw new RangeError(`there is no attempt after ${failed} that failed`);
  return Math.round(seconds * 1_000 * (1 + JITTER * (2 * random - 1)));
}
