import { isMainThread } from 'node:worker_threads';

/**
 * Operations on files of runs that a thread has under way at a time. The process has four threads for files, and what
 * hangs on a filesystem keeps one for good: at least one is left for all else.
 */
const MOST = isMainThread ? 2 : 1;
/** Milliseconds that an operation may take, its wait for others included. */
const PATIENCE = 30_000;

/** A filesystem has not answered in time. The message names the file. */
export class SilentFilesystem extends Error {
  override name = 'SilentFilesystem';
  /** As the system says it of a disk that it waits for itself. */
  readonly code = 'ETIMEDOUT';
}

/**
 * Makes what lets so many operations on files be under way at a time, each for so long. One that takes longer keeps its
 * place until it ends, whether anybody waits for it or not; when all places are kept so, others are refused at once.
 * @returns a function that does an operation. @param late what to do with what comes after its time, e.g. close it.
 * @throws the function: SilentFilesystem, or what the operation throws.
 */
export function createFileGate(most: number, patience: number) {
  let busy = 0;
  let overdue = 0;
  const waiting = new Set<() => void>();

  const release = () => {
    const [next] = waiting;
    if (next === undefined) busy -= 1;
    else {
      waiting.delete(next);
      next();
    }
  };

  return <T>(path: string, work: () => Promise<T>, late: (value: T) => unknown = () => {}): Promise<T> => {
    const silent = () => new SilentFilesystem(`${path} cannot be read: its filesystem has not answered for long`);
    if (overdue === most) return Promise.reject(silent());
    return new Promise((resolve, reject) => {
      let isOverdue = false;
      const start = () => {
        started = true;
        work()
          .then((value) => (isOverdue ? late(value) : resolve(value)), reject)
          .finally(() => {
            clearTimeout(timer);
            if (isOverdue) overdue -= 1;
            release();
          });
      };
      let started = false;
      const timer = setTimeout(() => {
        if (started) {
          isOverdue = true;
          overdue += 1;
        } else waiting.delete(start);
        reject(silent());
      }, patience);
      timer.unref?.();
      if (busy < most) {
        busy += 1;
        start();
      } else waiting.add(start);
    });
  };
}

/** The gate of this thread. */
export const throughGate = createFileGate(MOST, PATIENCE);
