import { createBackOff } from '../engine/backOff.ts';

/** Tells second by second whether it is time to ask again. */
export type Pace = {
  /** A second has passed. @returns whether to ask now. */
  tick(): boolean;
  /** It was asked, and answered or not: the next time is further away. */
  asked(): void;
  /** Something is about to happen: asks at the next tick, and from then on as at first. */
  hurry(): void;
};

export function createPace(): Pace {
  const backOff = createBackOff();
  /** Seconds to the next time. */
  let left = 0;
  return {
    tick() {
      left -= 1;
      return left <= 0;
    },
    asked() {
      left = Math.floor(backOff.next() / 1_000);
    },
    hurry() {
      backOff.reset();
      left = Math.min(left, 1);
    },
  };
}
