import { isMainThread } from 'node:worker_threads';

/** Threads for files that the command asks Node for: Node's own four would be gone with four files that hang. */
export const FILE_THREADS = 32;

/** Operations that may be under way at a time. What hangs keeps its thread for good; some are always left for all else. */
function mostOf(threads: number): number {
  if (threads < 16) return isMainThread ? 2 : 1;
  return isMainThread ? threads - 12 : 4;
}

/** Operations on one folder: its filesystem may hang while those of others do not. */
const MOST_EACH = 2;
/** Milliseconds that an operation may take, its wait for others included. */
const PATIENCE = 30_000;

/** A filesystem has not answered in time. The message names the file. */
export class SilentFilesystem extends Error {
  override name = 'SilentFilesystem';
  /** As the system says it of a disk that it waits for itself. */
  readonly code = 'ETIMEDOUT';
}

/** What an operation is on: the folder of a run, and the path of a file to be named. */
export type WaitingCall = { folder: string; path: string };

type Waiting = { folder: string; start: () => void };

/**
 * Makes what lets so many operations on files be under way at a time, and of each folder so many, each for so long. One
 * that takes longer keeps its permit until it ends, waited for or not; when all permits that an operation
 * could have are kept so, it is refused at once.
 * @param patience milliseconds; null: as long as it takes, for the caller has a deadline.
 * @returns a function that does an operation. @param late what to do with what comes after its time, e.g. close it.
 * @throws the function: SilentFilesystem, or what the operation throws.
 */
export function createFileGate(most: number, mostEach: number, patience: number | null) {
  const busy = createCounts();
  const overdue = createCounts();
  const waiting = new Set<Waiting>();

  const isFree = (folder: string): boolean => busy.all() < most && busy.of(folder) < mostEach;
  const isSilent = (folder: string): boolean => overdue.all() >= most || overdue.of(folder) >= mostEach;

  const release = (folder: string) => {
    busy.add(folder, -1);
    for (const next of waiting) {
      if (!isFree(next.folder)) continue;
      waiting.delete(next);
      next.start();
    }
  };

  return <T>(
    { folder, path }: WaitingCall,
    work: () => Promise<T>,
    late: (value: T) => unknown = () => {},
  ): Promise<T> => {
    const silent = () => new SilentFilesystem(`${path} cannot be read: its filesystem has not answered for long`);
    if (isSilent(folder)) return Promise.reject(silent());
    const closeLate = (value: T): Promise<unknown> =>
      // Such a filesystem may refuse that too.
      Promise.resolve()
        .then(() => late(value))
        .catch(() => {});
    return new Promise((resolve, reject) => {
      let isOverdue = false;
      const start = () => {
        busy.add(folder, 1);
        work()
          .then((value) => (isOverdue ? closeLate(value) : resolve(value)), reject)
          .finally(() => {
            clearTimeout(timer);
            if (isOverdue) overdue.add(folder, -1);
            release(folder);
          });
      };
      const waiter: Waiting = { folder, start };
      const giveUp = () => {
        isOverdue = !waiting.delete(waiter);
        if (isOverdue) overdue.add(folder, 1);
        reject(silent());
      };
      const timer = patience === null ? undefined : setTimeout(giveUp, patience);
      timer?.unref?.();
      if (isFree(folder)) start();
      else waiting.add(waiter);
    });
  };
}

/** How many there are of each name, and of all. */
function createCounts() {
  const each = new Map<string, number>();
  let sum = 0;
  return {
    all: () => sum,
    of: (name: string) => each.get(name) ?? 0,
    add(name: string, more: 1 | -1) {
      sum += more;
      const count = (each.get(name) ?? 0) + more;
      if (count === 0) each.delete(name);
      else each.set(name, count);
    },
  };
}

let gate: ReturnType<typeof createFileGate> | null = null;
let patienceHere: number | null = PATIENCE;

/** To be called first in a thread, or a process, that is ended when it takes too long: no operation has a time of its own there. */
export function leaveTimeToOthers(): void {
  patienceHere = null;
}

/** Whether this thread, or process, is ended when it takes too long. */
export const isEndedWhenLate = (): boolean => patienceHere === null;

/** Does an operation on a file of a run, through the gate of this thread. @throws as what `createFileGate` makes. */
export function throughGate<T>(asked: WaitingCall, work: () => Promise<T>, late?: (value: T) => unknown): Promise<T> {
  // Not when it is loaded: the command says how many threads there are after that.
  gate ??= createFileGate(mostOf(Number(process.env['UV_THREADPOOL_SIZE']) || 4), MOST_EACH, patienceHere);
  return gate(asked, work, late);
}
