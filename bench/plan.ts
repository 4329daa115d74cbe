/** How often, how long and how large everything is. Seconds are of load; depths are jobs that wait. */
export type Plan = {
  /** Times that each load is repeated, in turn with the others; medians are told. */
  rounds: number;
  seconds: number;
  connections: readonly number[];
  depths: readonly number[];
  /** The original is not asked beyond: its answers take longer the more jobs wait. */
  originalDepth: number;
  queues: readonly number[];
  /** Jobs that are run, one after another. */
  runs: number;
  /** Jobs that memory is divided by, and that are there at a restart. */
  manyJobs: number;
  starts: number;
  /** Times at which a program writes to the log that is followed. */
  lines: number;
  commits: number;
  /**
   * Evaluations by lmms-eval itself: in each round so many of each server one at a time, then some that wait in a queue, of which
   * those that start warm take so little time that it can be more.
   */
  evaluations: { rounds: number; runs: number; queue: number; warmQueue: number };
};

export const plans = {
  /** About twenty-five minutes, half of them evaluations. */
  full: {
    rounds: 3,
    seconds: 3,
    connections: [1, 8, 64],
    depths: [0, 1_000, 10_000, 100_000, 1_000_000],
    originalDepth: 100_000,
    queues: [1_000, 10_000],
    runs: 200,
    manyJobs: 100_000,
    starts: 7,
    lines: 50,
    commits: 500,
    evaluations: { rounds: 3, runs: 3, queue: 3, warmQueue: 30 },
  },
  /** About three minutes, two of them evaluations: to see whether a change was worth it. */
  quick: {
    rounds: 1,
    seconds: 1,
    connections: [1, 64],
    depths: [0, 1_000, 10_000],
    originalDepth: 10_000,
    queues: [1_000],
    runs: 50,
    manyJobs: 20_000,
    starts: 3,
    lines: 15,
    commits: 200,
    evaluations: { rounds: 1, runs: 1, queue: 2, warmQueue: 10 },
  },
} as const satisfies Record<string, Plan>;

/** A plan of which everything that goes in rounds is repeated so many times. @throws when that is no whole number above 0. */
export function withRounds(plan: Plan, rounds: string | undefined): Plan {
  if (rounds === undefined) return plan;
  if (!/^[1-9][0-9]?$/.test(rounds)) throw new Error(`--rounds takes 1 to 99, not ${rounds}`);
  return { ...plan, rounds: Number(rounds), evaluations: { ...plan.evaluations, rounds: Number(rounds) } };
}
