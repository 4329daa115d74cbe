import { dirname } from 'node:path';
import { type StartHelper, startProcess, startThread } from './helper.ts';
import { type RunReader, runReader } from './runReader.ts';
import { createThreads, ReadingError, ThreadError, type ThreadLimits } from './threads.ts';

/** A reader whose work is done in threads: nothing that a run wrote holds up, or ends, the thread that asks. */
export type ThreadedReader = RunReader & {
  /** Ends what it is doing, which is then rejected. */
  close(): void;
};

type Name = keyof RunReader;

const READER = 'runner/results/reader/thread';
/** MiB. The largest results file, of 64 MiB, takes some hundred. */
const MEMORY = 512;

/** The folder that a call is about. */
const folderOf: { [N in Name]: (...args: Parameters<RunReader[N]>) => string | undefined } = {
  list: (output) => output,
  state: ({ output }) => output,
  judge: (_harness, { output }) => output,
  look: (_harness, { output }) => output,
  logCause: (log) => dirname(log),
  logTail: (log) => dirname(log),
  results: ([path], folder) => folder?.path ?? path,
  samples: ({ path }) => path,
  // Of two folders, each with operations that have their own time.
  compare: () => undefined,
  redact: ({ run }) => run.output,
  outcome: () => undefined,
  findResults: (dir) => dir,
  readImport: (dir) => dir,
};

/** Seconds of what only looks which files there are: a folder that takes longer hangs. */
const LOOK = 30;
/** How many times as long redaction may take: it goes through all that a run wrote. */
const REDACTION = 10;

function secondsOf(name: Name, seconds: number): number {
  if (name === 'list' || name === 'state') return Math.min(seconds, LOOK);
  return name === 'redact' ? REDACTION * seconds : seconds;
}

/** @throws ReadingError, beside what the reader throws, from each function when it takes longer than it may. */
export function createThreadedReader(limits: Omit<ThreadLimits, 'megabytes'>): ThreadedReader {
  return createReader(limits, startThread, (name, args) =>
    (runReader[name] as (...args: unknown[]) => unknown)(...args),
  );
}

/**
 * A reader whose work is done in a process of its own: whatever becomes of that, this one goes on. For what has ended a server.
 * @throws as `createThreadedReader`; also when no process can be started.
 */
export function createProcessReader(limits: Omit<ThreadLimits, 'megabytes'>): ThreadedReader {
  return createReader(limits, startProcess, (_name, _args, error) => {
    throw new ReadingError(`could not be read: ${error.message}`);
  });
}

/** @param otherwise what is done where no helper can be had. */
function createReader(
  limits: Omit<ThreadLimits, 'megabytes'>,
  start: StartHelper,
  otherwise: (name: Name, args: readonly unknown[], error: ThreadError) => unknown,
): ThreadedReader {
  const { call, close } = createThreads(READER, { ...limits, megabytes: MEMORY }, start);
  const names = Object.keys(runReader) as Name[];
  const calls = names.map((name) => {
    // Its arguments are those of the function of this name.
    const aboutOf = folderOf[name] as (...args: unknown[]) => string | undefined;
    const callIn = (...args: unknown[]) =>
      call(name, args, { of: aboutOf(...args), seconds: secondsOf(name, limits.seconds) }).catch((error) => {
        // What a run has measured is not lost because the machine has no thread left.
        if (error instanceof ThreadError) return otherwise(name, args, error);
        throw error;
      });
    return [name, callIn] as const;
  });
  // The thread has the same table: what comes back is what the function of this name returns.
  const reader = Object.fromEntries(calls) as unknown as RunReader;
  return { ...reader, close };
}

/** Threads that read at a time, for runs that end and for clients that ask. */
const JUDGING = 6;
const CAREFUL = 2;
const SERVING = 8;
/** Fewer, for each has a processor to itself. */
const COMPARING = 2;
/** Seconds that a client may wait, at most. */
const PATIENCE = 60;
const COMPARING_PATIENCE = 240;
/** MiB: of a task with a million samples those of both runs are held. */
const COMPARING_MEMORY = 2_048;

/** Compares runs beside this thread, and never in it: that takes seconds of a processor. */
export type Comparer = {
  /**
   * @param signal ends it: it is then rejected. @throws ReadingError when it takes longer than it may; ThreadError when the
   * machine has no thread for it.
   */
  compare(...args: [...Parameters<RunReader['compare']>, signal?: AbortSignal]): ReturnType<RunReader['compare']>;
  close(): void;
};

/** @throws what its functions throw. */
export function createComparer(limits: Omit<ThreadLimits, 'megabytes'>): Comparer {
  const { call, close } = createThreads(READER, { ...limits, megabytes: COMPARING_MEMORY });
  return {
    // The thread has the same table.
    compare: (question, forms, signal) =>
      call('compare', [question, forms], { signal }) as ReturnType<RunReader['compare']>,
    close,
  };
}

/** The readers of a server: what clients ask for keeps no run from being judged, nor the other way round. */
export type Readers = {
  /** For runs that end. */
  judging: ThreadedReader;
  /** The same, for those of which a server ended while it read them. */
  careful: ThreadedReader;
  /** For clients. */
  serving: ThreadedReader;
  /** For clients that have runs compared, which takes long. */
  comparing: Comparer;
  close(): void;
};

/** @param seconds that one reading may take. */
export function openReaders(seconds: number): Readers {
  const judging = createThreadedReader({ most: JUDGING, seconds });
  const careful = createProcessReader({ most: CAREFUL, seconds });
  const serving = createThreadedReader({ most: SERVING, seconds: Math.min(seconds, PATIENCE) });
  const comparing = createComparer({ most: COMPARING, seconds: Math.min(seconds, COMPARING_PATIENCE) });
  return {
    ...{ judging, careful, serving, comparing },
    close: () => {
      for (const reader of [judging, careful, serving, comparing]) reader.close();
    },
  };
}
