import { createStore } from '@xstate/store';
import type { JobStatus } from '../../schemas/job/job.ts';

/** The read model behind /queue and /health: what routes may ask often, kept so that each answer is O(1). */
export type BoardContext = {
  /** Live jobs in each state. */
  counts: Readonly<Record<JobStatus, number>>;
  /** Running jobs, the oldest first. */
  running: readonly string[];
};

/**
 * A store fed by the job transitions. It decides nothing.
 *
 * Events: `transitioned` a job changed its state, or (from null) came to be; `forgotten` a finished job was pruned.
 */
export function createBoard() {
  return createStore({
    context: {
      counts: { queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0 },
      running: [],
    } as BoardContext,
    on: {
      transitioned: ({ counts, running }, event: { jobId: string; from: JobStatus | null; to: JobStatus }) => ({
        counts: {
          ...counts,
          ...(event.from === null ? {} : { [event.from]: counts[event.from] - 1 }),
          [event.to]: counts[event.to] + 1,
        },
        running: nextRunning(running, event),
      }),
      forgotten: ({ counts, running }, event: { from: JobStatus }) => ({
        counts: { ...counts, [event.from]: counts[event.from] - 1 },
        running,
      }),
    },
  });
}

export type Board = ReturnType<typeof createBoard>;

function nextRunning(
  running: readonly string[],
  { jobId, from, to }: { jobId: string; from: JobStatus | null; to: JobStatus },
): readonly string[] {
  if (to === 'running') return [...running, jobId];
  return from === 'running' ? running.filter((id) => id !== jobId) : running;
}
