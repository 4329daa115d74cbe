/** Seconds between two looks at the queue: at first, and when nothing has happened for long. */
const FIRST = 1;
const LONGEST = 15;
const GROWTH = 1.5;

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
  let interval = FIRST;
  let left = 0;
  return {
    tick() {
      left -= 1;
      return left <= 0;
    },
    asked() {
      left = Math.floor(interval);
      interval = Math.min(interval * GROWTH, LONGEST);
    },
    hurry() {
      interval = FIRST;
      left = Math.min(left, FIRST);
    },
  };
}
