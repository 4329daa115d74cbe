import { hostname } from 'node:os';
import type { TrackerPort } from '../../../machines/runTracker/runTrackerRules.ts';
import type { Backend } from '../backend.ts';
import { createTrackers } from '../shared/trackers.ts';
import { type LocalHandle, readHandle, recoverHandle } from './handle.ts';
import { launchProgram } from './launch.ts';
import { isLauncherThere, localRules, observe, type TrackedRun, trackedRun } from './observe.ts';
import { createProcessTable } from './processTable.ts';
import { signalMembers } from './signalMembers.ts';
import type { Starter } from './starter/starter.ts';
import { createWarmStarts, type WarmStartOptions } from './warm/warmStarts.ts';

/**
 * Runs programs on this machine, each through a small launcher in its own session and process group. They outlive the
 * server: another one that gets the handle watches and stops them as its own. Watching keeps the Node process alive,
 * a run that no one watches does not.
 * @param warmth how runs are forked from what has imported their modules; null: each is started anew.
 * @param starter what starts launchers, and is closed with the backend; null: they are started from here.
 * @param table where the processes of all runs are looked for.
 */
export function createLocalBackend(
  warmth: WarmStartOptions | null = null,
  starter: Starter | null = null,
  table = createProcessTable(),
): Backend {
  const warm = warmth === null ? null : createWarmStarts(warmth);
  const runs = new Map<string, TrackedRun>();

  const tracked = (handle: LocalHandle): TrackedRun => runs.get(keyOf(handle)) ?? trackedRun(handle, null, table);

  const trackers = createTrackers<LocalHandle>({
    rules: () => localRules,
    port: () => NOTHING_TO_ASK,
    source(handle, hear) {
      const run = tracked(handle);
      runs.set(keyOf(handle), run);
      const watching = new AbortController();
      void observe(run, hear, watching.signal).then((isOnRecord) => {
        if (isOnRecord) runs.delete(keyOf(handle));
      });
      return () => watching.abort();
    },
  });

  return {
    name: 'local',
    trackers: [trackers.system],
    ...(warm && { warm }),

    async launch(spec) {
      const { handle, launcher, isWarm } = await launchProgram(spec, { warm, starter });
      launcher?.unref?.();
      runs.set(keyOf(handle), trackedRun(handle, launcher, table));
      return isWarm ? { ...handle, warm: true } : handle;
    },

    async recover(state) {
      return recoverHandle(state);
    },

    watch: (handle, report) => trackers.watch(readHandle(handle), report),

    // Its program begins when it is launched.
    withdraw: async () => false,

    async stop(handle, how) {
      await signalMembers(tracked(readHandle(handle)), how);
    },

    async outputOf(given) {
      const handle = readHandle(given);
      // The launcher keeps the log open until the program has ended.
      return (await isLauncherThere(handle)) ? `/proc/${handle.pid}/fd/1` : null;
    },

    async describe() {
      const warmStarts = warm?.describe();
      const nodes = [{ name: hostname(), state: 'up' }];
      // What else runs on this machine is not known.
      return {
        name: 'local',
        reachable: true,
        reason: null,
        queued: null,
        running: null,
        nodes,
        ...(warmStarts && { warm_starts: warmStarts }),
      };
    },

    close() {
      warm?.close();
      starter?.close();
    },
    idOf: (handle) => String(readHandle(handle).pid),
  };
}

/** This machine begins a run when it is launched, and keeps nothing waiting. */
const NOTHING_TO_ASK: TrackerPort = {
  submit: async () => ({ kind: 'accepted' }),
  inquire: async () => ({ kind: 'unclear' }),
  cancel: () => {},
  close: async () => {},
};

function keyOf({ bootId, pid, startTime }: LocalHandle): string {
  return `${bootId} ${pid} ${startTime}`;
}
