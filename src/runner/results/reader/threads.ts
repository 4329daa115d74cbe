import {
  type Helper,
  type HelperEnd,
  type HelperLimits,
  type HelperModule,
  type StartHelper,
  startThread,
} from './helper.ts';
import { type Call, READY, type ReaderAnswer, UNKNOWN, unpack, unpackThrown } from './wire.ts';

export type ThreadLimits = {
  /** Threads at a time. A call that comes when all are busy waits, which does not count as its time. */
  most: number;
  /** Seconds that one call may take. */
  seconds: number;
  /** MiB of memory that one thread may use for values. */
  megabytes: number;
};

/** Something was not read to its end: it took too long or too much. The message goes on after what it was. */
export class ReadingError extends Error {
  override name = 'ReadingError';
  /** Whether more time might have helped. */
  readonly isLate: boolean;
  constructor(message: string, isLate = false) {
    super(message);
    this.isLate = isLate;
  }
}

/** There is no thread to be had: the machine is short of something, and what was to be read is not at fault. */
export class ThreadError extends Error {
  override name = 'ThreadError';
}

export type CallOptions = {
  /**
   * The folder that it is about: one call at a time, for what hangs once would hang again. While a thread that was ended there has
   * not come to its end, its filesystem is silent: what comes is refused at once, and keeps no other thread.
   */
  of?: string | undefined;
  /** Seconds that it may take; those of all unless said. */
  seconds?: number;
  /** Ends it: it is rejected, and its thread with it. */
  signal?: AbortSignal | undefined;
};

/** Calls of functions in threads that can be ended in the middle of one. */
export type Threads = {
  /**
   * Has a function of the module called. @returns what it returned.
   * @throws what it threw, by message and code; ReadingError when it took too long or too much, or its thread has ended;
   * ThreadError when none could be started, and nothing was called.
   */
  call(name: string, args: readonly unknown[], how?: CallOptions): Promise<unknown>;
  /** Ends all threads. What is open is rejected, and so is what comes. */
  close(): void;
};

type Pending = {
  call: Call;
  of: string | null;
  seconds: number;
  /** What does it; null while it waits. */
  thread: Thread | null;
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
};

/** Milliseconds for which a call waits until another thread is started for it. */
const PATIENCE = 100;
/** Parts of the time of a call. Of each the whole process is seen to run: one that was stopped meanwhile has lost one part. */
const PARTS = 20;

const because = (reason: string): ReadingError => new ReadingError(`could not be read: ${reason}`);
const ending = (): ReadingError => because('the server is ending');
const unwanted = (): ReadingError => because('it is not wanted any more');

/**
 * Makes threads as they are needed. One stays for the next call, for it knows what it has read; others end when there is
 * nothing to do. None keeps the process alive.
 * @param module one that calls `serve`. @param start threads, or processes in their place.
 */
export function createThreads(module: HelperModule, limits: ThreadLimits, start: StartHelper = startThread): Threads {
  const { most } = limits;
  const busy = new Set<Thread>();
  const waiting: Pending[] = [];
  /** What the calls under way are about. */
  const about = new Set<string>();
  /** Folders in which a thread was ended that has not come to its end. */
  const silent = new Set<string>();
  let idle: Thread | null = null;
  let isClosed = false;

  /** Another thread is started for what has waited a while: most calls take less time than a start. */
  let growing: NodeJS.Timeout | null = null;
  const grow = (): void => {
    growing ??= setTimeout(() => {
      growing = null;
      next(true);
    }, PATIENCE).unref();
  };

  const next = (isLate = false): void => {
    let mayStart = isLate || busy.size === 0;
    while (busy.size < most) {
      if (idle === null && !mayStart) {
        if (waiting.length > 0) grow();
        return;
      }
      const at = waiting.findIndex(({ of }) => of === null || !about.has(of));
      const [pending] = at < 0 ? [] : waiting.splice(at, 1);
      if (pending === undefined) return;
      const { of } = pending;
      if (of !== null) about.add(of);
      const thread: Thread = idle ?? new Thread(module, limits, start);
      mayStart = false;
      idle = null;
      pending.thread = thread;
      busy.add(thread);
      void thread
        .call(pending.call, pending.seconds)
        .then(pending.resolve, pending.reject)
        .finally(() => {
          if (of !== null) about.delete(of);
          if (of !== null && !thread.isAlive) {
            silent.add(of);
            void thread.ended.then(() => silent.delete(of));
          }
          release(thread);
        });
    }
  };
  const release = (thread: Thread): void => {
    busy.delete(thread);
    if (thread.isAlive && idle === null && !isClosed) idle = thread;
    else thread.end(ending());
    next();
  };
  return {
    call: (name, args, { of, seconds = limits.seconds, signal } = {}) => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const begin = () => {
        if (isClosed) return reject(ending());
        if (signal?.aborted) return reject(unwanted());
        if (of !== undefined && silent.has(of))
          return reject(because(`the filesystem of ${of} has not answered for long`));
        if (idle?.isAlive === false) idle = null;
        const pending: Pending = { call: { name, args }, of: of ?? null, seconds, thread: null, resolve, reject };
        waiting.push(pending);
        const leave = () => {
          const at = waiting.indexOf(pending);
          if (at >= 0) waiting.splice(at, 1);
          pending.thread?.end(unwanted());
          reject(unwanted());
        };
        signal?.addEventListener('abort', leave, { once: true });
        void promise.finally(() => signal?.removeEventListener('abort', leave)).catch(() => {});
        next();
      };
      begin();
      return promise;
    },
    close: () => {
      isClosed = true;
      if (growing !== null) clearTimeout(growing);
      for (const { reject } of waiting.splice(0)) reject(ending());
      for (const thread of busy) thread.end(ending());
      idle?.end(ending());
      idle = null;
    },
  };
}

/** One helper, which does one thing at a time. */
class Thread {
  readonly #helper: Helper | null;
  #open: { resolve: (value: unknown) => void; reject: (error: Error) => void } | null = null;
  isAlive = true;
  /** Resolves when nothing of it is left: a disk that hangs may delay that. */
  readonly ended: Promise<void>;
  readonly #hasEnded = Promise.withResolvers<void>();
  /** Whether the module is loaded, which takes some tenths of a second. */
  #isReady = false;

  constructor(module: HelperModule, limits: HelperLimits, start: StartHelper) {
    const onMessage = (answer: ReaderAnswer | typeof READY) => {
      if (answer === READY) {
        this.#isReady = true;
        return;
      }
      const open = this.#open;
      this.#open = null;
      if ('thrown' in answer) open?.reject(thrownOf(answer.thrown));
      else open?.resolve(unpack(answer.returned));
    };
    this.ended = this.#hasEnded.promise;
    const onEnd = (end: HelperEnd) => {
      if (end.kind === 'gone') return this.#hasEnded.resolve();
      if (!this.#isReady) this.end(new ThreadError(end.kind === 'memory' ? 'out of memory' : end.reason));
      else if (end.kind === 'other') this.end(because(end.reason));
      else this.end(new ReadingError(`could not be read in ${limits.megabytes} MiB of memory`));
    };
    try {
      this.#helper = start(module, limits, { onMessage, onEnd });
    } catch {
      this.#hasEnded.resolve();
      this.#helper = null;
      this.isAlive = false;
    }
  }

  call(call: Call, seconds: number): Promise<unknown> {
    if (this.#helper === null) return Promise.reject(new ThreadError('none could be started'));
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#open = { resolve, reject };
    this.#helper.post(call);
    let parts = 0;
    const timer = setInterval(
      () => {
        if (this.#isReady) parts += 1;
        if (parts === PARTS) this.end(new ReadingError(`could not be read in ${seconds} s`, true));
      },
      (seconds * 1_000) / PARTS,
    );
    return promise.finally(() => clearInterval(timer));
  }

  /** What it was doing is rejected with the reason. */
  end(reason: ReadingError | ThreadError): void {
    const wasAlive = this.isAlive;
    this.isAlive = false;
    this.#open?.reject(reason);
    this.#open = null;
    if (wasAlive) this.#helper?.end();
  }
}

/** What was thrown; a thread that does not know the function has done nothing. */
function thrownOf(thrown: Parameters<typeof unpackThrown>[0]): Error {
  return thrown.code === UNKNOWN ? new ThreadError(thrown.message) : unpackThrown(thrown);
}
