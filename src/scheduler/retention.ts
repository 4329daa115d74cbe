import { setImmediate } from 'node:timers/promises';
import { firstLine } from '../errors.ts';
import type { Journal } from '../machines/ports/journal.ts';
import type { RunFolders } from '../machines/ports/runner.ts';

export type RetentionLimits = {
  /** Finished jobs that stay readable. */
  jobs: number;
  /** Milliseconds for which they stay readable. */
  age: number;
  /** Milliseconds for which scores stay, also those of jobs that have gone; null, and without it: for ever. */
  scores?: number | null;
};

/** What is called for what the history does, and asked before. */
export type RetentionListeners = {
  /** Called with the ids of jobs that were forgotten. */
  onForgotten?: (jobIds: readonly string[]) => void;
  /** Called once for each job whose folders cannot be deleted. */
  onProblem?: (message: string) => void;
  /** Called for each job that stays because its folders cannot be deleted, each time that was tried, and why. */
  onStuck?: (jobId: string, reason: string) => void;
  /** Whether a job is still needed, though it is beyond the history. It is asked again when another job has ended. */
  isNeeded?: (jobId: string) => boolean;
  /** Aborted when the journal is about to be closed: pruning ends soon after, in between two jobs. */
  signal?: AbortSignal;
};

const DAY = 24 * 60 * 60 * 1_000;
export const daysToAge = (days: number): number => days * DAY;

/** Jobs that are forgotten in one transaction. */
const BATCH = 200;
/** Milliseconds after which folders that could not be deleted are tried again. */
const RETRY = 60 * 60 * 1_000;

/**
 * Keeps the history within its limits: the jobs that ended first go, with what their runs left. The folders go before
 * the rows, so that a crash between the two leaves a row to find them by, never a folder that no one knows. A job whose
 * folders cannot be deleted stays, and holds up no other. Scores have an age of their own.
 * @param discard deletes what belongs to evald of a job's run. @param now milliseconds of the journal's own time: no clock
 * that is wrong for a while deletes anything.
 * @returns a function to call at the start and whenever a job has ended; it resolves when all that was beyond the limits
 * is gone, which may take minutes after the limits were lowered. It rejects when the journal cannot be written.
 */
export function createRetention(
  journal: Pick<Journal, 'expired' | 'forget' | 'forgetScores'>,
  discard: (job: RunFolders) => Promise<void>,
  limits: RetentionLimits,
  now: () => number,
  {
    onForgotten = () => {},
    onProblem = () => {},
    onStuck = () => {},
    isNeeded = () => false,
    signal,
  }: RetentionListeners = {},
): () => Promise<void> {
  /** Jobs whose folders could not be deleted, and when that was tried last. */
  const stuck = new Map<string, number>();

  /** @returns whether the job may be forgotten. */
  const discarded = async (job: RunFolders, at: number): Promise<boolean> => {
    try {
      await discard(job);
      stuck.delete(job.jobId);
      return true;
    } catch (error) {
      if (!stuck.has(job.jobId)) {
        onProblem(
          `job ${job.jobId} is beyond the history and stays: its folders cannot be deleted: ${firstLine(error)}`,
        );
      }
      onStuck(job.jobId, firstLine(error));
      stuck.set(job.jobId, at);
      return false;
    }
  };

  const pruneScores = async (age: number, at: number): Promise<void> => {
    while (!signal?.aborted && (await journal.forgetScores(at - age, BATCH)) > 0) await setImmediate();
  };

  const prune = async (): Promise<void> => {
    // What the end of a job changes for others is known an iteration of the event loop later.
    await setImmediate();
    const at = now();
    if (typeof limits.scores === 'number') await pruneScores(limits.scores, at);
    const isKept = (jobId: string) => at - (stuck.get(jobId) ?? -Infinity) < RETRY || isNeeded(jobId);
    while (!signal?.aborted) {
      const expired = journal.expired(limits.jobs, at - limits.age, BATCH, isKept);
      if (expired.length === 0) return;
      const gone: string[] = [];
      for (const job of expired) {
        if (signal?.aborted) return;
        if (await discarded(job, at)) gone.push(job.jobId);
      }
      if (gone.length > 0) {
        await journal.forget(gone);
        onForgotten(gone);
      }
      // What waits for an answer comes first.
      await setImmediate();
    }
  };
  return oneAtATime(prune);
}

/** The work, never twice at a time: a caller that asks while it is under way gets the next time, which sees all that was then. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const start = (): Promise<void> => {
    current = work().finally(() => {
      current = null;
    });
    return current;
  };
  return () => {
    if (current === null) return start();
    next ??= current
      .catch(() => {})
      .then(() => {
        next = null;
        return current ?? start();
      });
    return next;
  };
}
