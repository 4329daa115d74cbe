import { join } from 'node:path';
import { replaceFile } from '../../../files/writeRunFile.ts';
import { UnavailableError } from '../../../machines/ports/runner.ts';
import type { TrackerEvent } from '../../../machines/runTracker/runTrackerRules.ts';
import type { EngineState } from '../../../schemas/engine/engine.ts';
import type { Backend } from '../backend.ts';
import { claimStart } from '../shared/claim.ts';
import { createDescription, downBy, type EngineObservation } from '../shared/description.ts';
import { createPolledTrackers } from '../shared/polledTrackers.ts';
import { systemTimers, type Timers } from '../shared/pollSchedule.ts';
import { EngineUnavailableError } from '../shared/unavailable.ts';
import { createRayApi, type RayApi } from './api.ts';
import { dropSecrets } from './entrypoint.ts';
import { isOf, notedLaunch, type RayHandle, readHandle } from './handle.ts';
import { launchOnRay, recoverFromRay, submitAgain } from './launch.ts';
import { createLogCopy, createTail, type LogCopy } from './logCopy.ts';
import { eventOf, rayRules, tracesOf } from './observation.ts';
import { filesOf, observeRun, type RayObservation } from './observe.ts';
import type { RayOptions } from './options.ts';
import { checkRayArgs } from './resources.ts';

/**
 * Runs programs as jobs of a Ray cluster, by its Jobs API. Making it asks Ray nothing.
 *
 * Ray's answer is never taken for more than it is: as long as there is none, nothing is known of a run, and it goes on.
 */
export function createRayBackend(options: RayOptions, time: Timers = systemTimers): Backend {
  const api = createRayApi(options);
  const tail = createTail(options);
  const copies = new Map<string, LogCopy>();
  /** Why no node could ever run what waits, of each run of which that was seen last. */
  let unmet: readonly string[] = [];

  const copyOf = (handle: RayHandle): LogCopy | null => {
    if (handle.shared) return null;
    const copy = copies.get(handle.state) ?? createLogCopy(handle, tail, trackers.hurry, time);
    copies.set(handle.state, copy);
    void copy.finished.then(() => copies.delete(handle.state));
    return copy;
  };

  const trackers = createPolledTrackers<RayHandle>(
    {
      rules: rayRules,
      port: (handle) => ({
        async submit(isStopRequested) {
          // An apart run that was asked to end has no claim to say so.
          if (isStopRequested) return { kind: 'never', exit: rayRules(handle).withdrawn };
          const exit = await submitAgain(handle, api);
          // Whether Ray answered or not: the next looks show whether it has it.
          return exit === null ? { kind: 'accepted' } : { kind: 'never', exit };
        },
        inquire: async () => ({ kind: 'unclear' }),
        cancel: () => void api.stop(handle.id).catch(() => {}),
        async close() {
          const copy = copyOf(handle);
          copy?.finish();
          await copy?.finished;
          void dropSecrets(handle).catch(() => {});
        },
      }),
      async observeAll(runs) {
        const observations = await observeRun(runs, api);
        const events = new Map<string, TrackerEvent>();
        unmet = [...observations.values()].flatMap((seen) => seen.unmet ?? []);
        for (const [key, handle] of runs) {
          const observation = observations.get(key);
          if (observation === undefined) continue;
          if (isLogged(observation) && trackers.isWatched(handle)) copyOf(handle)?.begin();
          events.set(key, eventOf(observation, handle));
        }
        return events;
      },
      traces: async (handle) => tracesOf(await filesOf(handle)),
    },
    time,
  );

  return {
    name: 'ray',
    trackers: [trackers.system],
    variables: options.runtimeEnv.env_vars ?? {},

    launch: (spec) => launchOnRay(spec, options, api, time),

    async recover(state) {
      const handle = await recoverFromRay(state, api, time);
      const noted = handle === null ? await notedLaunch(state).catch(() => null) : null;
      // Taken back: what may wait in Ray for it is asked to end, by whichever server.
      if (noted !== null) trackers.clear(noted.handle);
      return handle;
    },

    watch: (handle, report) => trackers.watch(readHandle(handle), report),

    async stop(given, how) {
      const handle = readHandle(given);
      trackers.requestStop(handle);
      // Ray starts a pending job that it was asked to stop, and stops it then. With the claim the program never starts. A
      // folder that cannot be written (it may be gone) leaves only Ray to ask.
      if (handle.shared && (await claimStart(handle.state).catch(() => false))) {
        await dropSecrets(handle);
        await api.stop(handle.id).catch(() => {});
        return trackers.clear(handle);
      }
      const ask = () => (handle.shared ? replaceFile(join(handle.state, how), '').catch(() => {}) : undefined);
      if (how === 'kill') await ask();
      try {
        await api.stop(handle.id);
      } catch (error) {
        // The run's own helper obeys without Ray.
        if (!handle.shared || !(error instanceof EngineUnavailableError)) throw error;
        await ask();
      }
      trackers.hurry();
    },

    async withdraw(given) {
      const handle = readHandle(given);
      if (!handle.shared) {
        // Its node sees no claim: Ray itself stops what it has not started yet, before its program begins.
        const job = await api.job(handle.id);
        if (job === null || !isOf(job, handle) || job.status !== 'PENDING') return false;
        await api.stop(handle.id);
      }
      if (!(await claimStart(handle.state))) return false;
      await dropSecrets(handle);
      return true;
    },

    describe: createDescribe(api, () => unmet[0] ?? null),
    checkArgs: (args) => checkRayArgs(args, options.allowedResources),
    probe: () => probe(api),

    idOf: (handle) => readHandle(handle).id,
  };
}

/** Whether Ray has a log of a run. */
const isLogged = ({ job }: RayObservation): boolean =>
  job !== 'unknown' && job !== 'missing' && job.status !== 'PENDING';

/** @throws UnavailableError when what is at Ray's address does not answer as Ray does. */
async function probe(api: RayApi): Promise<void> {
  try {
    await api.expectRay();
  } catch (error) {
    throw error instanceof EngineUnavailableError ? new UnavailableError(error.message, { cause: error }) : error;
  }
}

/** Makes the function that tells how the cluster is. @param unmet why a run waits for a node that there is not; null: none does. */
export const createDescribe = (api: RayApi, unmet: () => string | null = () => null): (() => Promise<EngineState>) =>
  createDescription('ray', () => describeCluster(api, unmet));

async function describeCluster(api: RayApi, unmet: () => string | null): Promise<EngineObservation> {
  const [jobs, all] = await Promise.all([api.jobs(), api.nodes().catch(() => [])]);
  const count = (status: string) => jobs.filter((job) => job.status === status).length;
  const why = unmet();
  return {
    ...downBy(all, ({ state }) => state === 'ALIVE'),
    reason: why === null ? null : `a run waits for a node that there is not: ${why}`,
    queued: count('PENDING'),
    running: count('RUNNING'),
    nodes: all.map(({ name, state }) => ({ name, state })),
  };
}
