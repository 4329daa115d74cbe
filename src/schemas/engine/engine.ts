import { z } from 'zod';

/** Where a run of a job is, as its engine says. */
export const placeSchema = z.object({
  name: z.string().describe('Which backend runs it: local, slurm, ray'),
  id: z.string().describe("The engine's name of the run: a pid, the id of a job of Slurm or Ray"),
  node: z.string().nullable().describe('The machine it runs on; null while the engine has given it none'),
  state: z
    .string()
    .nullable()
    .describe(
      "How it is in the engine's words, as last reported: PENDING, RUNNING; null when that is not known or it ended",
    ),
});

/** A device of this machine that runs are given. */
export const deviceSchema = z.object({
  name: z.string().describe('As in --gpus: an index or a UUID'),
  job_id: z.string().nullable().describe('The job whose own it is now, of several that share it the first; null: free'),
  job_ids: z.array(z.string()).describe('All jobs that have it (--gpu-sharing)'),
  pool: z.string().optional().describe('The pool that it is of (--pool); absent where there are none'),
});

/** A Python that runs are forked from, so that they need not import what it has imported (--warm-starts). */
export const warmParentStateSchema = z.object({
  module: z.string().describe('What its runs are: `python -m MODULE`'),
  python: z.string().describe('Path of the Python'),
  state: z
    .enum(['none', 'loading', 'ready', 'failed'])
    .describe('none: the next run makes it; loading: runs start cold until it is ready; failed: they all do'),
  reason: z.string().nullable().describe('Why all runs start cold; null unless failed'),
  last_cold: z.string().nullable().describe('Why a run was last started cold though there was one; null when none was'),
  memory_bytes: z.int().nullable().describe('What it takes of memory; null when there is none'),
  warm: z.int().describe('Runs that were started warm by this server'),
  cold: z.int().describe('Runs of the same kind that were started cold'),
});

/** All of them: one for each Python, for what it imports, and for its environment. */
export const warmStartsStateSchema = warmParentStateSchema
  .pick({ state: true, reason: true, last_cold: true })
  .extend({
    memory_bytes: z.int().nullable().describe('What all of them take of memory; null when there is none'),
    warm: z.int().describe('Runs that were started warm by this server'),
    cold: z.int().describe('Runs of the same kinds that were started cold'),
    parents: z.array(warmParentStateSchema).describe('Each of them, that which was asked last is the last'),
  })
  .describe('`state`, `reason` and `last_cold` are those of the one that was asked last');

/** How the place where runs run is, as far as it is known now. */
export const engineStateSchema = z.object({
  name: z.string().describe('Which backend starts runs: local, slurm, ray'),
  reachable: z.boolean().describe('Whether it answers'),
  reason: z
    .string()
    .nullable()
    .describe('Why it does not answer, or answers and takes no more runs now; null otherwise'),
  queued: z.int().nullable().describe("Work that waits there, others' too; null when that is not known"),
  running: z.int().nullable().describe("Work that runs there, others' too; null when that is not known"),
  nodes: z
    .array(z.object({ name: z.string(), state: z.string().describe("In the engine's words: idle, down") }))
    .describe('Its machines; empty when they are not known'),
  down: z
    .string()
    .optional()
    .describe(
      'Why nothing can begin there: each of its machines is down, drained or dead; absent while one takes work',
    ),
  warm_starts: warmStartsStateSchema
    .optional()
    .describe(
      'How runs are started warm; absent until one could be: with another backend, the demo, or --warm-starts false',
    ),
  devices: z.array(deviceSchema).optional().describe('The devices of --gpus and whose they are; absent without --gpus'),
});

export type Place = z.infer<typeof placeSchema>;
export type Device = z.infer<typeof deviceSchema>;
export type WarmParentState = z.infer<typeof warmParentStateSchema>;
export type WarmStartsState = z.infer<typeof warmStartsStateSchema>;
export type EngineState = z.infer<typeof engineStateSchema>;
