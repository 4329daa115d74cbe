/** Timers, as XState's `SimulatedClock` has them too. Milliseconds. */
export type Timers = {
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
};

/** The machine's own. A timer keeps the process alive: the watcher of a run waits for it. */
export const systemTimers: Timers = {
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

export function wait(time: Timers, milliseconds: number): Promise<void> {
  return new Promise((resolve) => time.setTimeout(resolve, milliseconds));
}

const SHORTEST = 1_000;
const LONGEST = 15_000;
const GROWTH = 1.5;

/** Milliseconds between two questions to an engine: 1 s, growing to 15 s until something happens. */
export type PollSchedule = {
  next(): number;
  reset(): void;
};

export function createPollSchedule(): PollSchedule {
  let wait = SHORTEST;
  return {
    next() {
      const now = wait;
      wait = Math.min(wait * GROWTH, LONGEST);
      return now;
    },
    reset() {
      wait = SHORTEST;
    },
  };
}
