import { type CheckpointHook, checkpointHookAnswerSchema } from '../schemas/hooks/checkpointHook.ts';
import { LONGEST_WAIT } from './jobs.ts';
import type { CallOptions, Requests } from './requests.ts';

/** @param wait seconds to wait for the end of its job, at most 280; then it is answered as it is. */
type Waiting = CallOptions & { wait?: number | undefined };

/** Checkpoints of which training loops send word, on a server with `--hook-template`. */
export function createHookCalls({ ask }: Requests) {
  const waiting = ({ wait, ...options }: Waiting) => ({
    ...(wait !== undefined && { timeout: null, query: { wait: Math.min(wait, LONGEST_WAIT) } }),
    ...options,
  });
  return {
    /** Has a checkpoint evaluated as the template of the server says; once, however often it is sent. */
    hookCheckpoint: (hook: CheckpointHook, options: Waiting = {}) =>
      ask(checkpointHookAnswerSchema, {
        ...waiting(options),
        method: 'POST',
        path: ['hooks', 'checkpoint'],
        body: hook,
      }),

    /** What became of it. */
    pollHook: (jobId: string, options: Waiting = {}) =>
      ask(checkpointHookAnswerSchema, { ...waiting(options), path: ['hooks', 'checkpoint', jobId] }),
  };
}
