import { modelsSchema, tasksSchema } from '../schemas/harness/catalog.ts';
import { harnessesSchema } from '../schemas/harness/harnesses.ts';
import { type MergeRequest, mergeAnswerSchema } from '../schemas/harness/merge.ts';
import { callerSchema } from '../schemas/server/caller.ts';
import { aboutSchema, healthSchema } from '../schemas/server/health.ts';
import { liveAnswerSchema, type MachineName, machinesSchema } from '../schemas/server/machines.ts';
import { jsonValueSchema } from '../schemas/values/json.ts';
import type { CallOptions, Requests } from './requests.ts';

/** A checkpoint to be merged: the folder, and what else there is to say. */
export type MergeInput = Pick<MergeRequest, 'checkpoint_path'> & {
  [Field in Exclude<keyof MergeRequest, 'checkpoint_path'>]?: MergeRequest[Field] | undefined;
};

/** Of which harness something is asked; of the default one unless said. */
type OfHarness = CallOptions & { harness?: string | undefined };

/** The drawings of `/machines`. */
export type DrawingName = `${MachineName}.${'svg' | 'outline.svg' | 'mmd'}` | 'system.svg';

/** The server itself: how it is, what it knows, its charts. */
export function createServerCalls({ ask, exchange }: Requests) {
  /** A harness is asked by starting it, which may take long. */
  const unhurried = { timeout: 290_000 };
  return {
    /** Whether the server can do its work; also one that takes no jobs answers. */
    health: (options: CallOptions = {}) => ask(healthSchema, { ...options, path: ['health'], answers: [503] }),

    /** What never changes while the server runs: harness, backend, slots, version. */
    about: (options: CallOptions = {}) => ask(aboutSchema, { ...options, path: ['health'], answers: [503] }),

    /** As which caller the server knows this client, and what it may do. */
    caller: (options: CallOptions = {}) => ask(callerSchema, { ...options, path: ['caller'] }),

    /** The harnesses that evaluate, and whether they can start. */
    harnesses: (options: CallOptions = {}) => ask(harnessesSchema, { ...unhurried, ...options, path: ['harnesses'] }),

    /** The tasks that a harness knows. */
    tasks: ({ harness, ...options }: OfHarness = {}) =>
      ask(tasksSchema, { ...unhurried, ...options, path: ['tasks'], query: { harness } }),

    /** The models that a harness knows. */
    models: ({ harness, ...options }: OfHarness = {}) =>
      ask(modelsSchema, { ...unhurried, ...options, path: ['models'], query: { harness } }),

    /** Merges a sharded checkpoint; resolves when it is merged. Node's own `fetch` waits 300 s at most. */
    merge: (request: MergeInput, options: CallOptions = {}) =>
      ask(mergeAnswerSchema, { timeout: null, ...options, method: 'POST', path: ['merge'], body: request }),

    /** The charts that evald is made of. */
    machines: (options: CallOptions = {}) =>
      ask(machinesSchema, { ...options, path: ['machines'], headers: { accept: 'application/json' } }),

    /** One chart as XState's `createMachine` takes it, without code. */
    machine: (name: MachineName, options: CallOptions = {}) =>
      ask(jsonValueSchema, { ...options, path: ['machines', `${name}.json`] }),

    /** A chart, or the system, as a drawing (SVG; a chart also in outline) or as Mermaid. */
    drawing: async (name: DrawingName, options: CallOptions = {}): Promise<string> =>
      (await exchange({ ...options, path: ['machines', name] })).text,

    /** What the machines are doing now. */
    live: (options: CallOptions = {}) => ask(liveAnswerSchema, { ...options, path: ['machines', 'live'] }),

    /** The description of the interface, OpenAPI 3.1. */
    openapi: (options: CallOptions = {}) => ask(jsonValueSchema, { ...options, path: ['openapi.json'] }),
  };
}
