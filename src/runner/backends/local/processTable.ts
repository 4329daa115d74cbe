import { systemTimers, type Timers } from '../shared/pollSchedule.ts';
import { type Output, outputsOf } from './logWriters.ts';
import { createMarks, type MarkReading } from './marks.ts';
import { isAlive, type ProcessStat, readLastPid, readProcesses, readProcessNow } from './procfs.ts';

/** One look at the processes of this machine, for all runs that ask for it at the time. */
export type ProcessLook = {
  /** Later ones have higher numbers. */
  number: number;
  /** Those that may be of a run, ended but unreaped ones too: none older than the oldest run, nor this one. */
  processes: readonly ProcessStat[];
  /** By pid, of those that are alive. */
  marks: ReadonlyMap<number, MarkReading>;
  outputs: readonly Output[];
  /** Whether no process was born while it was taken. */
  isStill: boolean;
};

/** A process, for good: its pid may be given to another one. */
type Named = Pick<ProcessStat, 'pid' | 'startTime'>;

/** The process table, read once for all runs instead of once for each. */
export type ProcessTable = {
  /**
   * A look that begins after this call. Those that ask before it has begun share it.
   * @param since clock ticks since boot: what started earlier may be left out. @throws when `/proc` cannot be read.
   */
  look(since: number): Promise<ProcessLook>;
  /**
   * Gives a regular look, every few seconds, until the returned function is called. One that fails is left out.
   * @param within milliseconds to the first one at most.
   */
  watch(since: number, within: number, hear: (look: ProcessLook) => void): () => void;
  /** Calls what hears it four times a second from when a process has ended, until the returned function is called. */
  watchEnd(process: Named, hear: () => void): () => void;
};

/** Milliseconds between regular looks: a process that leaves its session is known only if seen before its parent ends. */
const OBSERVE_EVERY = 2_000;
/** A look at a machine with very many processes takes long; at most this part of the time is spent on regular ones. */
const OBSERVE_SHARE = 1 / 50;
/** Milliseconds in which the end of a launcher is noticed that nothing reports. */
const END_EVERY = 250;

export type ProcessTableOptions = {
  time?: Timers;
  /** Milliseconds since any fixed point. */
  now?: () => number;
  read?: typeof readProcesses;
};

/** Makes what looks at the process table. Without anything to watch it does nothing. */
export function createProcessTable({
  time = systemTimers,
  now = () => performance.now(),
  read = readProcesses,
}: ProcessTableOptions = {}): ProcessTable {
  const marks = createMarks();
  const watching = new Set<{ since: number; hear: (look: ProcessLook) => void }>();
  const ends = new Set<{ process: Named; hear: () => void }>();
  let timer: unknown = null;
  let isLookingAtEnds = false;
  let taken = 0;
  let due = Number.POSITIVE_INFINITY;
  let current: Promise<unknown> = Promise.resolve();
  let next: { since: number; look: Promise<ProcessLook> } | null = null;

  const take = async (since: number): Promise<ProcessLook> => {
    const began = now();
    const number = ++taken;
    const lastPid = readLastPid();
    const everyone = await read(since);
    const processes = everyone.filter(({ pid, startTime }) => startTime >= since && pid > 1 && pid !== process.pid);
    const outputs = outputsOf(processes);
    const readings = await marks.read(processes, everyone);
    const look = { number, processes, marks: readings, outputs, isStill: readLastPid() === lastPid };
    // One that was taken for a run that ends serves all others, but they need not have each of those.
    if (now() >= due - OBSERVE_EVERY / 2) tell(look, now() - began);
    return look;
  };

  const tell = (look: ProcessLook, took: number): void => {
    plan(Math.max(OBSERVE_EVERY, took / OBSERVE_SHARE));
    for (const each of [...watching]) if (watching.has(each)) each.hear(look);
  };

  const plan = (wait: number): void => {
    time.clearTimeout(timer);
    due = watching.size === 0 ? Number.POSITIVE_INFINITY : now() + wait;
    if (watching.size > 0) timer = time.setTimeout(lookRegularly, wait);
  };

  const lookRegularly = (): void => {
    const since = Math.min(...Array.from(watching, (each) => each.since));
    // What cannot be read now (too many open files) may be the next time.
    look(since).catch(() => plan(OBSERVE_EVERY));
  };

  const look = (since: number): Promise<ProcessLook> => {
    if (next !== null) {
      next.since = Math.min(next.since, since);
      return next.look;
    }
    const asked = { since, look: current.then(() => begin()) };
    const begin = () => {
      next = null;
      const begun = take(asked.since);
      current = begun.catch(() => {});
      return begun;
    };
    next = asked;
    return asked.look;
  };

  const lookAtEnds = (): void => {
    for (const each of [...ends]) if (ends.has(each) && !isThere(each.process)) each.hear();
    isLookingAtEnds = ends.size > 0;
    if (isLookingAtEnds) time.setTimeout(lookAtEnds, END_EVERY);
  };

  return {
    look,
    watch(since, within, hear) {
      const each = { since, hear };
      watching.add(each);
      if (now() + within < due) plan(within);
      return () => {
        watching.delete(each);
        if (watching.size === 0) plan(0);
      };
    },
    watchEnd(process, hear) {
      const each = { process, hear };
      ends.add(each);
      if (!isLookingAtEnds) {
        isLookingAtEnds = true;
        time.setTimeout(lookAtEnds, END_EVERY);
      }
      return () => void ends.delete(each);
    },
  };
}

/** While `/proc` cannot be read (too many open files) it may be there. */
function isThere({ pid, startTime }: Named): boolean {
  try {
    const found = readProcessNow(pid);
    return found?.startTime === startTime && isAlive(found);
  } catch {
    return true;
  }
}
