import { isEnd } from '../machines/job/jobSteps.ts';
import type { JobEvent } from '../schemas/job/jobEvent.ts';

/** Lets requests wait for the end of a job. */
export type JobEnds = {
  /**
   * Resolves when the job has ended, the time is over, the caller has gone or the server closes; at once when it does
   * already. Ask first whether the job has ended: it calls no one twice.
   * @param limit milliseconds.
   */
  wait(jobId: string, limit: number, caller: AbortSignal): Promise<void>;
  /** Something happened to a job, and is shown. */
  notify(transition: { jobId: string; type: JobEvent['type'] }): void;
  /** How many wait. */
  readonly waiting: number;
};

/** Nothing is polled: a request that waits costs a timer and an entry in a map. */
export function createJobEnds(closing: AbortSignal): JobEnds {
  const waiting = new Map<string, Set<() => void>>();
  closing.addEventListener('abort', () => {
    for (const jobId of waiting.keys()) release(jobId);
  });

  const release = (jobId: string): void => {
    for (const resolve of waiting.get(jobId) ?? []) resolve();
  };

  return {
    notify: ({ jobId, type }) => {
      if (isEnd(type)) release(jobId);
    },
    wait: async (jobId, limit, caller) => {
      if (closing.aborted || caller.aborted) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const others = waiting.get(jobId) ?? new Set();
      waiting.set(jobId, others.add(resolve));
      const timer = setTimeout(resolve, limit);
      caller.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      clearTimeout(timer);
      others.delete(resolve);
      if (others.size === 0) waiting.delete(jobId);
    },
    get waiting() {
      return [...waiting.values()].reduce((sum, { size }) => sum + size, 0);
    },
  };
}
