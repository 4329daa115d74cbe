import type { ChildProcess } from 'node:child_process';
import { hostname } from 'node:os';
import type { Exit } from '../../../machines/ports/runner.ts';
import type { EngineAnswer, Traces, TrackerEvent, TrackerRules } from '../../../machines/runTracker/runTrackerRules.ts';
import { exitOfStatus, readExit } from '../shared/exitFile.ts';
import type { LocalHandle } from './handle.ts';
import { type NotedLog, readNotedLog } from './logWriters.ts';
import { findMembers, type MemberRun, remember } from './members.ts';
import type { ProcessLook, ProcessTable } from './processTable.ts';
import { isAlive, readBootId, readProcess } from './procfs.ts';

/** What reports the end of a launcher: it is our own child, or that of a warm parent, which may end first. */
export type Launcher = Pick<ChildProcess, 'exitCode' | 'signalCode'> & {
  readonly isLost?: boolean;
  once(event: 'exit', hear: () => void): unknown;
  off(event: 'exit', hear: () => void): unknown;
  unref?(): void;
};

/** A run as this server knows it. `observe` and `signalMembers` replace what was seen of it. */
export type TrackedRun = MemberRun & {
  /** The launcher, whose end is reported; null when an earlier server started it, or what reported it is gone. */
  readonly child: Launcher | null;
  readonly table: ProcessTable;
};

/** A run of which nothing was seen yet. @param table the backend's. */
export function trackedRun(handle: LocalHandle, launcher: Launcher | null, table: ProcessTable): TrackedRun {
  let noted: NotedLog | null = null;
  return {
    handle,
    get child() {
      return launcher?.isLost ? null : launcher;
    },
    table,
    async log() {
      const found = noted ?? (await readNotedLog(handle.state));
      // Of one that could not be read for now more may be known the next time.
      if (found?.identity != null) noted = found;
      return found;
    },
    seen: new Map(),
    seenIn: 0,
  };
}

/** Milliseconds for which the report of a launcher that has ended is waited for, by another process than this one. */
const LATE_REPORT = 1_000;
/** Milliseconds before the first look at a run that we have just started: many have ended by then, and are looked at all the same. */
const FIRST_OBSERVATION = 100;
/** Looks in a row that find no process, unless one is sure. A process that is born while its parent ends may be missed by one. */
const ENOUGH = 2;
const FIRST_WAIT = 5;
const LONGEST_WAIT = 100;
/** The state of a run that goes on here. */
const RUNNING = 'running';

/** How this machine is read: nothing is submitted again, and nothing knows more of an end than its record. */
export const localRules: TrackerRules = {
  missing: Number.POSITIVE_INFINITY,
  missingUnbegun: Number.POSITIVE_INFINITY,
  unanswered: Number.POSITIVE_INFINITY,
  alone: Number.POSITIVE_INFINITY,
  explaining: { left: 0, gone: 0 },
  patience: null,
  resubmissions: 0,
  isApart: false,
  endedState: RUNNING,
  withdrawn: { kind: 'notStarted', reason: 'it was taken back' },
};

/**
 * Tells where a run is, when its program ended, and when no process of it is left.
 *
 * The program's end is taken from that of the launcher, or from its exit file. A launcher that was killed leaves none, and the program may
 * run on without it: then both are known when nothing is left.
 *
 * @param signal ends it; nothing is said afterwards.
 * @returns whether nothing more is to be known of the run by its launcher as our child.
 */
export async function observe(
  run: TrackedRun,
  hear: (event: TrackerEvent) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const report = (event: TrackerEvent) => {
    if (!signal.aborted) hear(event);
  };
  if (await isLauncherAlive(run)) {
    const node = run.handle.node ?? hostname();
    report({ type: 'run.observed', seen: { ...BEGUN, node, engine: { kind: 'running', state: RUNNING } } });
  }
  await untilLauncherEnded(run, signal);
  const early = await knownExit(run);
  if (early !== null) report({ type: 'run.recorded', seen: { ...BEGUN, recorded: early } });
  await untilNoneIsLeft(run, signal);
  const recorded = early ?? (await knownExit(run));
  if (signal.aborted) return false;
  if (recorded !== null) hear({ type: 'run.recorded', seen: { ...BEGUN, recorded, isGone: true } });
  else hear({ type: 'run.observed', seen: { ...BEGUN, isGone: true, engine: ended(await unrecordedExit(run)) } });
  return recorded !== null || run.child === null;
}

/** Its launcher has claimed the start of a run of which there is a handle. */
const BEGUN: Traces = { node: '', recorded: null, isGone: false, claim: 'run' };

const ended = (exit: Exit): EngineAnswer => ({ kind: 'ended', exit, again: 'never', reason: null, isLeft: false });

/** Reported by what started it, else seen in the process table. */
function untilLauncherEnded(run: TrackedRun, signal: AbortSignal): Promise<void> {
  const { handle, child, table } = run;
  const { promise, resolve } = Promise.withResolvers<void>();
  let endWatch: (() => void) | null = null;
  const check = async (): Promise<void> => {
    if (signal.aborted || !(await isLauncherAlive(run))) resolve();
    else if (run.child === null) endWatch ??= table.watchEnd(handle, check);
  };
  const unwatch = table.watch(handle.startTime, child === null ? 0 : FIRST_OBSERVATION, (look) => {
    void note(run, look);
    if (!hasLauncher(look, handle)) void check();
  });
  child?.once('exit', check);
  signal.addEventListener('abort', check);
  void check();
  return promise.finally(() => {
    unwatch();
    endWatch?.();
    child?.off('exit', check);
    signal.removeEventListener('abort', check);
  });
}

const hasLauncher = ({ processes }: ProcessLook, { pid, startTime }: LocalHandle): boolean =>
  processes.some((process) => process.pid === pid && process.startTime === startTime && isAlive(process));

async function untilNoneIsLeft(run: TrackedRun, signal: AbortSignal): Promise<void> {
  let empty = 0;
  for (let wait = FIRST_WAIT; !signal.aborted; wait = Math.min(wait * 1.5, LONGEST_WAIT)) {
    const began = performance.now();
    const { count, isSure } = await observeOnce(run);
    empty = count === 0 ? empty + 1 : 0;
    if (empty === ENOUGH || (empty > 0 && isSure)) return;
    await pause(Math.max(wait, performance.now() - began), signal, null);
  }
}

/** Counts the members. While `/proc` cannot be read (too many open files) there may be some: that is no reason to give up. */
async function observeOnce(run: TrackedRun): Promise<{ count: number; isSure: boolean }> {
  try {
    return await note(run, await run.table.look(run.handle.startTime));
  } catch {
    return UNSEEN;
  }
}

const UNSEEN = { count: Number.NaN, isSure: false };

/** Notes which members a look shows. */
async function note(run: TrackedRun, look: ProcessLook): Promise<{ count: number; isSure: boolean }> {
  try {
    const { alive, isSure } = await findMembers(run, look);
    remember(run, look, alive);
    return { count: alive.length, isSure };
  } catch {
    return UNSEEN;
  }
}

async function isLauncherAlive({ handle, child }: TrackedRun): Promise<boolean> {
  if (child !== null && (child.exitCode !== null || child.signalCode !== null)) return false;
  // Of our own child the kernel reports the end. A parent that reports that of a warm one may hang.
  if (child !== null && child.isLost === undefined) return true;
  return isLauncherThere(handle).catch(() => true);
}

/** Whether the launcher of a run still runs, also one that an earlier server started. @throws when `/proc` cannot be read. */
export async function isLauncherThere({ bootId, pid, startTime }: LocalHandle): Promise<boolean> {
  if ((await readBootId()) !== bootId) return false;
  const process = await readProcess(pid);
  return process !== null && process.startTime === startTime && isAlive(process);
}

/** A launcher that ends by itself ends as its program did. */
async function knownExit(run: TrackedRun): Promise<Exit | null> {
  const status = run.child?.exitCode ?? null;
  return status === null ? recordedExit(run) : exitOfStatus(status);
}

async function recordedExit({ handle }: TrackedRun): Promise<Exit | null> {
  try {
    return (await readExit(handle.state))?.exit ?? null;
  } catch {
    return null;
  }
}

async function unrecordedExit(run: TrackedRun): Promise<Exit> {
  // The process table knows of the end before what reports it has said so.
  if (run.child !== null) await pause(LATE_REPORT, new AbortController().signal, run.child);
  const { handle, child } = run;
  if (child !== null && child.signalCode !== null) return { kind: 'signal', signal: child.signalCode };
  if (child !== null && child.exitCode !== null) return exitOfStatus(child.exitCode);
  const reason =
    (await readBootId().catch(() => handle.bootId)) === handle.bootId
      ? 'it ended and its launcher recorded no exit code'
      : 'the machine was restarted while it ran';
  return { kind: 'unknown', reason };
}

/** Waits for the time, the child's end or the signal, whichever comes first; leaves nothing behind. */
function pause(milliseconds: number, signal: AbortSignal, child: Launcher | null): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      child?.off('exit', done);
      resolve();
    };
    // Keeps the process alive: the watcher of a run waits for it.
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
    child?.once('exit', done);
    if (signal.aborted || (child !== null && (child.exitCode !== null || child.signalCode !== null))) done();
  });
}
