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
};

export const plans = {
  /** About ten minutes. */
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
  },
  /** About a minute: to see whether a change was worth it. */
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
  },
} as const satisfies Record<string, Plan>;
