import { basename, dirname } from 'node:path';
import { type Actor, createActor, type EmittedFrom, fromTransition, type SnapshotFrom, waitFor } from 'xstate';
import { runTrackerMachine } from '../../machines/runTracker.ts';
import type { Traces, TrackerEvent, TrackerPort, TrackerRules } from '../../machines/runTrackerRules.ts';
import type { RunReport, TrackerSystem } from '../contract.ts';
import { machineTime, type Time } from './backOff.ts';
import { createPoller } from './poller.ts';

export type TrackerSnapshot = SnapshotFrom<typeof runTrackerMachine>;

/** What is an engine's own of tracking its runs, each known by its state folder. */
export type Tracked<Handle> = {
  rules(handle: Handle): TrackerRules;
  port(handle: Handle): TrackerPort;
  /** Asks the engine about runs, all in one, and looks at what they left. Never throws. */
  look(runs: ReadonlyMap<string, Handle>): Promise<ReadonlyMap<string, TrackerEvent>>;
  /** Looks at what a run left, without the engine. Never throws. */
  traces(handle: Handle): Promise<Traces>;
  /** Milliseconds between two questions to the engine at least. */
  rest?: number;
};

/** All runs of an engine that are tracked: an actor each, and one poller for all of them. */
export type Trackers<Handle> = {
  /** The actors, to be shown. */
  readonly system: TrackerSystem;
  /**
   * Reports what is known of a run, and from now on what happens, until the returned function is called. All who watch a
   * run hear the same. @param delay why it was not submitted when it was launched; absent: it was.
   */
  watch(handle: Handle, report: (event: RunReport) => void, delay?: string): () => void;
  /** evald has asked a run to end. */
  requestStop(handle: Handle): void;
  /** evald has taken the start of a run: resolves when it is reported as over, if it is watched. */
  recall(handle: Handle): Promise<void>;
  /** Has the engine drop what waits for a run of which evald has taken the start, watched or not. */
  clear(handle: Handle): void;
  /** Something is about to happen: the engine is asked soon. */
  hurry(): void;
  /** Whether reports of a run are wanted. */
  isWatched(handle: Handle): boolean;
  /** The handle that was given when the tracking of a run began: one object for as long. */
  tracked(handle: Handle): Handle | undefined;
  /** What is known of the runs now. */
  snapshots(): TrackerSnapshot[];
};

type Known<Handle> = { handle: Handle; actor: Actor<typeof runTrackerMachine>; watchers: number; forget: () => void };

export function createTrackers<Handle extends { state: string }>(
  { rules, port, look, traces, rest }: Tracked<Handle>,
  time: Time = machineTime,
): Trackers<Handle> {
  const clock = {
    setTimeout: (callback: () => void, milliseconds: number) => time.setTimeout(callback, milliseconds),
    clearTimeout: (timer: unknown) => time.clearTimeout(timer),
  };
  const nothing = fromTransition((state: null) => state, null);
  const root = createActor(nothing, { id: 'trackers', clock }).start();
  const known = new Map<string, Known<Handle>>();
  const stopped = new Set<string>();

  /** What shows between two questions: an end, and that nothing is left of it. */
  const glance = async (runs: ReadonlyMap<string, Handle>): Promise<Map<string, TrackerEvent>> => {
    // Not at once: a runner that begins to end a run watches it anew.
    for (const { actor, watchers } of known.values()) if (watchers === 0) actor.send({ type: 'run.unwatched' });
    const found = new Map<string, TrackerEvent>();
    await Promise.all(
      Array.from(runs, async ([key, handle]) => {
        if (!awaitsTraces(known.get(key)?.actor.getSnapshot(), null)) return;
        const seen = await traces(handle);
        if (awaitsTraces(known.get(key)?.actor.getSnapshot(), seen)) found.set(key, { type: 'run.recorded', seen });
      }),
    );
    return found;
  };
  const poller = createPoller<Handle, TrackerEvent>(look, { time, glance, ...(rest !== undefined && { rest }) });

  const begin = (handle: Handle, begins: 'watched' | 'recalled', delay?: string): Known<Handle> => {
    const key = handle.state;
    const actor = createActor(runTrackerMachine, {
      parent: root,
      id: `${PREFIX}${jobOfState(handle.state)}`,
      input: { rules: rules(handle), port: port(handle), begins, isStopRequested: stopped.has(key), delay },
    });
    const one = { handle, actor, watchers: 0, forget: poller.watch(key, handle, (event) => actor.send(event)) };
    // A fault of ours: nobody above would hear of it.
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
          jobId: jobOfState(handle.state),
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
    hurry: () => poller.hurry(),
    tracked: ({ state }) => known.get(state)?.handle,
    isWatched: ({ state }) => (known.get(state)?.watchers ?? 0) > 0,
    snapshots: () => Array.from(known.values(), ({ actor }) => actor.getSnapshot()),
  };
}

const PREFIX = 'tracker:';

/** The job of a run, by its state folder: `runs/<job>/<attempt>`. */
const jobOfState = (state: string): string => basename(dirname(state));

/** Whether the end of a run was reported: who watches it from now on needs another tracker. */
function isReported(actor: Actor<typeof runTrackerMachine>): boolean {
  const snapshot = actor.getSnapshot();
  return snapshot.status !== 'active' || snapshot.matches('clearing');
}

/** What has been reported of a run, for one who comes late. */
function reportsOf({ context, status, value }: TrackerSnapshot): RunReport[] {
  const { place, exit, isReported } = context;
  if (!isReported) return place === null ? [] : [place];
  const isGone = value === 'clearing' || status === 'done';
  return [...(exit === null ? [] : [{ type: 'run.exited' as const, exit }]), ...(isGone ? [GONE] : [])];
}

const GONE: RunReport = { type: 'run.gone' };

/** Whether what a run left may say more than is known; null: it was not looked at yet. */
function awaitsTraces(snapshot: TrackerSnapshot | undefined, seen: Traces | null): boolean {
  if (snapshot?.matches('watching')) return seen === null || seen.recorded !== null;
  if (!snapshot?.matches('ended')) return false;
  return seen === null ? !snapshot.context.isGone : seen.isGone;
}
