import { z } from 'zod';
import { jsonValueSchema } from '../values/json.ts';

/** What a name of a task stands for, as the harness itself has it. */
export const resolvedTaskSchema = z.object({
  asked: z.string().describe('The name, as the request has it'),
  names: z
    .array(z.string())
    .describe('What the harness is given: the tasks of a tag, what a wildcard stands for, else the name itself'),
  tasks: z.array(z.string()).describe('The tasks that are evaluated for it, those of groups one by one'),
});

/** Where a run writes, and what was there before it. Made once, before the launch. */
export const preparedRunSchema = z.object({
  output: z.string().describe('Absolute path of the folder given to the harness as its output path'),
  toldOutput: z
    .string()
    .optional()
    .describe('The same folder as its program knew it; absent unless it was moved since'),
  ownOutput: z
    .boolean()
    .describe('True when the folder belongs to evald and goes with the job; false when the client named it'),
  log: z.string().describe('Absolute path of the log; created empty by `prepare`, so that no two runs share one'),
  before: z
    .array(z.string())
    .describe("Results and samples files already in the folder, relative to it; none of them is this run's"),
  operatorOptions: z
    .array(z.string())
    .optional()
    .describe("Options that the operator's extra arguments set in the command; absent in journals of 0.2 and before"),
  warnings: z
    .array(z.string())
    .optional()
    .describe('What the check before the launch found odd; absent in journals of 0.2 and before'),
  resolvedTasks: z
    .array(resolvedTaskSchema)
    .optional()
    .describe('What the names of its tasks stand for; absent where the results of the harness tell'),
});

/** Names a run to its backend, across restarts of evald. */
export const runHandleSchema = z.record(z.string(), jsonValueSchema);

/** Where an engine has put a run. */
export const placementSchema = z.object({
  node: z.string().describe('The machine, as the engine calls it'),
  id: z
    .string()
    .optional()
    .describe(
      "The engine's name of the run there; absent when it is the one of the handle: it was not submitted again",
    ),
  at: z.number().describe('When that was reported, milliseconds since 1970'),
  monotonic: z
    .number()
    .optional()
    .describe(
      "When that was reported in the journal's own time: its time limit counts from then; absent in journals of 0.2",
    ),
});

/** A run under way: enough to find it again after a restart. */
export const launchedRunSchema = z.object({
  prepared: preparedRunSchema,
  handle: runHandleSchema,
  part: z
    .int()
    .optional()
    .describe('Which part of a split job it runs, from 1; absent: there is one run for all tasks'),
  place: placementSchema
    .optional()
    .describe(
      'Where its engine has put it; absent until it has, and where the handle itself tells the node, unless it was launched later than its job was started',
    ),
});

export type ResolvedTask = z.infer<typeof resolvedTaskSchema>;
export type PreparedRun = z.infer<typeof preparedRunSchema>;
export type RunHandle = z.infer<typeof runHandleSchema>;
export type Placement = z.infer<typeof placementSchema>;
export type LaunchedRun = z.infer<typeof launchedRunSchema>;

/** How far a run is, as its harness reports it. */
export const progressSchema = z.object({
  phase: z.string().describe("The harness's name of what it does now"),
  done: z.number().int().describe('Steps done; of several ranks, the average'),
  total: z.number().int().describe('Steps in all; of several ranks, the average'),
  percent: z.number().describe('0 to 100'),
  rate: z.number().nullable().describe('Steps a second; null when not known yet'),
  eta_seconds: z.number().nullable().describe('Seconds until this phase is done; null when not known yet'),
});

export type Progress = z.infer<typeof progressSchema>;
