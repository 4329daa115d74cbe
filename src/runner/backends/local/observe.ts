import type { ChildProcess } from 'node:child_process';
import { hostname } from 'node:os';
import type { Exit } from '../../../machines/ports/runner.ts';
import type { EngineAnswer, Traces, TrackerEvent, TrackerRules } from '../../../machines/runTracker/runTrackerRules.ts';
import { exitOfStatus, readExit } from '../shared/exitFile.ts';
import type { LocalHandle } from './handle.ts';
import type { Marks } from './marks.ts';
import { findMembers, type Observations, observationsOf } from './members.ts';
import { isAlive, readBootId, readProcess } from './procfs.ts';

/** What reports the end of a launcher: it is our own child, or that of a warm parent, which may end first. */
export type Launcher = Pick<ChildProcess, 'exitCode' | 'signalCode'> & {
  readonly isLost?: boolean;
  once(event: 'exit', hear: () => void): unknown;
  off(event: 'exit', hear: () => void): unknown;
  unref?(): void;
};

/** A run as this server knows it. */
export type TrackedRun = {
  readonly handle: LocalHandle;
  /** The launcher, whose end is reported; null when an earlier server started it, or what reported it is gone. */
  readonly child: Launcher | null;
  readonly marks: Marks;
  /** Members when last looked at; `observe` and `signalMembers` replace it. */
  seen: Observations;
};

/** A run of which nothing was seen yet. */
export function trackedRun(handle: LocalHandle, launcher: Launcher | null, marks: Marks): TrackedRun {
  return {
    handle,
    get child() {
      return launcher?.isLost ? null : launcher;
    },
    marks,
    seen: new Map(),
  };
}

/** Milliseconds for which the report of a launcher that has ended is waited for, by another process than this one. */
const LATE_REPORT = 1_000;
/** Milliseconds. A launcher that is not our child is looked at in this interval. */
const POLL = 250;
/** Between looks at which processes a run has: one that leaves the session is known only if seen before its parent ends. */
const OBSERVE_EVERY = 2_000;
/** A look at a machine with very many processes takes long; at most this part of the time is spent on it. */
const OBSERVE_SHARE = 1 / 20;
/** Before the first look at a run that we have just started: many have ended by then, and are looked at all the same. */
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

async function untilLauncherEnded(run: TrackedRun, signal: AbortSignal): Promise<void> {
  let nextObservation = run.child === null ? 0 : performance.now() + FIRST_OBSERVATION;
  while (!signal.aborted && (await isLauncherAlive(run))) {
    if (performance.now() >= nextObservation) {
      const began = performance.now();
      await observeOnce(run);
      nextObservation = performance.now() + Math.max(OBSERVE_EVERY, (performance.now() - began) / OBSERVE_SHARE);
    }
    // The time of the next look may have come meanwhile.
    await pause(run.child === null ? POLL : Math.max(0, nextObservation - performance.now()), signal, run.child);
  }
}

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
    const { alive, isSure } = await findMembers(run.handle, run.seen, run.marks);
    run.seen = observationsOf(alive);
    return { count: alive.length, isSure };
  } catch {
    return { count: Number.NaN, isSure: false };
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
