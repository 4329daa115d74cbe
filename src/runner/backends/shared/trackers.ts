import { type Actor, createActor, type EmittedFrom, fromTransition, type SnapshotFrom, waitFor } from 'xstate';
import type { RunReport, TrackerSystem } from '../../../machines/ports/runner.ts';
import { runTrackerMachine } from '../../../machines/runTracker/runTracker.ts';
import type { TrackerEvent, TrackerPort, TrackerRules } from '../../../machines/runTracker/runTrackerRules.ts';
import { systemTimers, type Timers } from './pollSchedule.ts';
import { runOfState } from './runOfState.ts';

export type TrackerSnapshot = SnapshotFrom<typeof runTrackerMachine>;

/** What is a backend's own of tracking its runs, each known by its state folder. */
export type Tracked<Handle> = {
  rules(handle: Handle): TrackerRules;
  port(handle: Handle): TrackerPort;
  /** Looks at a run, and tells what that shows, until the returned function is called. */
  source(handle: Handle, hear: (event: TrackerEvent) => void): () => void;
};

/** All runs of a backend that are tracked, an actor each. */
export type Trackers<Handle> = {
  /** The actors, to be shown. */
  readonly system: TrackerSystem;
  /**
   * Reports what is known of a run, and from now on what happens, until the returned function is called. Several listeners
   * of one run hear the same. @param delay why it was not submitted when it was launched; absent: it was.
   */
  watch(handle: Handle, report: (event: RunReport) => void, delay?: string): () => void;
  /** evald has asked a run to end. */
  requestStop(handle: Handle): void;
  /** evald has taken the start of a run: resolves when it is reported as over, if it is watched. */
  recall(handle: Handle): Promise<void>;
  /** Has the engine drop what waits for a run of which evald has taken the start, watched or not. */
  clear(handle: Handle): void;
  /** Whether reports of a run are wanted. */
  isWatched(handle: Handle): boolean;
  /** The handle that was given when the tracking of a run began: one object for as long. */
  tracked(handle: Handle): Handle | undefined;
  /** What is known of a run now; undefined: it is not tracked. */
  snapshotOf(handle: Handle): TrackerSnapshot | undefined;
  /** The same of all. */
  snapshots(): TrackerSnapshot[];
};

type Known<Handle> = { handle: Handle; actor: Actor<typeof runTrackerMachine>; watchers: number; forget: () => void };

/**
 * Makes the trackers of a backend. A run is tracked from the first listener on, until it is gone or none listens; one of
 * which evald has taken the start also until its engine has dropped it. @param time of the charts' delays.
 */
export function createTrackers<Handle extends { state: string }>(
  { rules, port, source }: Tracked<Handle>,
  time: Timers = systemTimers,
): Trackers<Handle> {
  const clock = {
    setTimeout: (callback: () => void, milliseconds: number) => time.setTimeout(callback, milliseconds),
    clearTimeout: (timer: unknown) => time.clearTimeout(timer),
  };
  const nothing = fromTransition((state: null) => state, null);
  const root = createActor(nothing, { id: 'trackers', clock }).start();
  const known = new Map<string, Known<Handle>>();
  const stopped = new Set<string>();

  const begin = (handle: Handle, begins: 'watched' | 'recalled', delay?: string): Known<Handle> => {
    const key = handle.state;
    const actor = createActor(runTrackerMachine, {
      parent: root,
      id: `${PREFIX}${runOfState(handle.state).jobId}`,
      input: { rules: rules(handle), port: port(handle), begins, isStopRequested: stopped.has(key), delay },
    });
    const one = { handle, actor, watchers: 0, forget: source(handle, (event) => actor.send(event)) };
    // A fault of ours: the root has no ear for it.
    const error = (thrown: unknown) => queueMicrotask(() => Promise.reject(thrown));
    actor.subscribe({ error, complete: () => end(one) });
    known.set(key, one);
    actor.start();
    return one;
  };

  const end = (one: Known<Handle>) => {
    const key = one.handle.state;
    one.forget();
    if (known.get(key) !== one) return;
    known.delete(key);
    stopped.delete(key);
  };

  return {
    system: {
      root,
      states: () =>
        Array.from(known.values(), ({ handle, actor }) => ({
          jobId: runOfState(handle.state).jobId,
          value: actor.getSnapshot().value,
        })),
    },
    watch(handle, report, delay) {
      const there = known.get(handle.state);
      const one = there === undefined || isReported(there.actor) ? begin(handle, 'watched', delay) : there;
      one.watchers += 1;
      let isWatching = true;
      let isCaughtUp = false;
      const tell = (event: RunReport) => {
        if (isWatching) report(event);
      };
      const listening = one.actor.on('*', (event: EmittedFrom<typeof runTrackerMachine>) => {
        if (isCaughtUp) tell(event);
      });
      // Not before the caller has what ends it.
      queueMicrotask(() => {
        isCaughtUp = true;
        for (const event of reportsOf(one.actor.getSnapshot())) tell(event);
      });
      return () => {
        if (!isWatching) return;
        isWatching = false;
        listening.unsubscribe();
        one.watchers -= 1;
        // Not at once: a runner that begins to end a run watches it anew.
        setImmediate(() => {
          if (one.watchers === 0 && known.get(handle.state) === one) one.actor.send({ type: 'run.unwatched' });
        });
      };
    },
    requestStop({ state }) {
      stopped.add(state);
      known.get(state)?.actor.send({ type: 'stop.requested' });
    },
    async recall({ state }) {
      const actor = known.get(state)?.actor;
      actor?.send({ type: 'run.recalled' });
      // It may be let go meanwhile.
      if (actor !== undefined) await waitFor(actor, () => isReported(actor)).catch(() => {});
    },
    clear(handle) {
      const one = known.get(handle.state);
      if (one === undefined) begin(handle, 'recalled');
      else one.actor.send({ type: 'run.recalled' });
    },
    tracked: ({ state }) => known.get(state)?.handle,
    isWatched: ({ state }) => (known.get(state)?.watchers ?? 0) > 0,
    snapshotOf: ({ state }) => known.get(state)?.actor.getSnapshot(),
    snapshots: () => Array.from(known.values(), ({ actor }) => actor.getSnapshot()),
  };
}

const PREFIX = 'tracker:';

/** Whether the end of a run was reported: to be watched from now on it needs another tracker. */
function isReported(actor: Actor<typeof runTrackerMachine>): boolean {
  const snapshot = actor.getSnapshot();
  return snapshot.status !== 'active' || snapshot.matches('clearing');
}

/** What has been reported of a run, for a listener that comes late. */
function reportsOf({ context, status, value }: TrackerSnapshot): RunReport[] {
  const { placement, exit, isReported } = context;
  if (!isReported) return placement === null ? [] : [placement];
  const isGone = value === 'clearing' || status === 'done';
  return [...(exit === null ? [] : [{ type: 'run.exited' as const, exit }]), ...(isGone ? [GONE] : [])];
}

const GONE: RunReport = { type: 'run.gone' };
