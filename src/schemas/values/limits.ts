/**
 * How much there may be of what clients send and of what runs write: the schemas take their limits from here, and the test
 * that all work is linear takes its sizes. All are far above what evaluations need: lmms-eval has about 3,000 tasks.
 */

/** Limits of requests. Lengths are characters. They hold for what is submitted, not for what the journal has already. */
export const requestLimits = {
  model: 1_000,
  /** More would not fit on a command line. */
  tasks: 4_000,
  /** A name may be the path of a definition. */
  task: 4_096,
  /** Names with `*`, `?` or `[`: each is held against every name that the harness knows. */
  patterns: 100,
  pattern: 250,
  device: 1_000,
  batchSize: 100,
  genKwargs: 65_536,
  /** As the system has it (PATH_MAX). */
  path: 4_096,
  /** A number that is written as text. */
  number: 10_000,
  modelArgs: 1_000,
  /** Names of `model_args`, at any depth. */
  argName: 500,
  /** Values in `model_args`, those within values included. */
  argValues: 10_000,
  /** All names and texts of `model_args` together. */
  argText: 262_144,
  /** Credentials cost what is written by their run: each is looked for in all of it, in several spellings. */
  credentials: 128,
  credential: 4_096,
  credentialText: 16_384,
  /** Characters of the names that stand over a credential in `model_args`: it is kept with them. */
  credentialPath: 4_096,
  /** `engine_args` as one text. */
  engineArgs: 40_000,
  idempotencyKey: 255,
  jobId: 1_000,
  /** A UUID has so many. */
  idPrefix: 36,
  /** Jobs of one request to act on many. */
  actedOn: 1_000,
  search: 200,
  label: 300,
  tokenName: 64,
  time: 100,
  cursor: 11,
  range: 200,
  /** One entity tag, and a list of them. */
  etag: 1_000,
  etags: 4_096,
} as const;

/** Limits of what a run wrote. What goes beyond them is no result of an evaluation. */
export const runLimits = {
  /** Objects and lists within each other, in results and in a sample. */
  depth: 500,
  /** Values in a results file, or in a sample. */
  values: 1_000_000,
  /** Tasks and groups of a results file. */
  tasks: 20_000,
  /** Characters of the name of a task, a group, a metric or a filter. */
  name: 1_000,
  /** Scores of a task. */
  metrics: 1_000,
  /** Scores of a results file. */
  scores: 50_000,
  /** Parts of groups, of all groups together. */
  parts: 200_000,
  /** Steps of work in which several things of a file are held against each other. */
  steps: 1_000_000,
  /** The same of names against the patterns of a request. */
  matchingSteps: 20_000_000,
} as const;

type Names = keyof typeof requestLimits;

/** Limits that may be left out: null is none. */
export type RequestLimits = { readonly [Name in Names]: number | null };

/** What was accepted once is read back, whatever the limits are by now. */
export const noLimits: RequestLimits = Object.fromEntries(
  Object.keys(requestLimits).map((name) => [name, null]),
) as Record<Names, null>;

/** `field` should have at most so many characters. */
export const tooLong = (field: string, most: number): string => `\`${field}\` should have at most ${most} characters`;
