import { join } from 'node:path';
import { replaceFile } from '../../files/writeRunFile.ts';
import { claimStart } from '../claim.ts';
import { type Backend, type Exit, type RunReport, UnavailableError } from '../contract.ts';
import { EngineAway } from '../engine/away.ts';
import { machineTime, type Time } from '../engine/backOff.ts';
import { createPoller } from '../engine/poller.ts';
import { hasEnded } from './answers.ts';
import { createRayApi, type RayApi } from './api.ts';
import { createDescribe } from './describe.ts';
import { dropSecrets } from './entrypoint.ts';
import { isOf, notedLaunch, type RayHandle, readHandle } from './handle.ts';
import { launchOnRay, recoverFromRay, submitAgain } from './launch.ts';
import { createLogCopy, type LogCopy } from './logCopy.ts';
import type { RayOptions } from './options.ts';
import { lookAt, type Sight } from './sight.ts';
import { createTail } from './tail.ts';
import { createObserver } from './watch.ts';

/**
 * Runs programs as jobs of a Ray cluster, by its Jobs API. Making it asks Ray nothing.
 *
 * Ray's answer is never taken for more than it is: as long as there is none, nothing is known of a run, and it goes on.
 */
export function createRayBackend(options: RayOptions, time: Time = machineTime): Backend {
  const api = createRayApi(options);
  const tail = createTail(options);
  const copies = new Map<string, LogCopy>();
  const asked = new Set<string>();
  const stopped = new Set<string>();
  const submitting = new Map<string, Promise<Exit | null>>();
  const poller = createPoller<RayHandle, Sight>((runs) => lookAt(runs, api), time);

  const copyOf = (handle: RayHandle): LogCopy | null => {
    if (handle.shared) return null;
    const copy = copies.get(handle.state) ?? createLogCopy(handle, tail, poller.hurry, time);
    copies.set(handle.state, copy);
    void copy.finished.then(() => copies.delete(handle.state));
    return copy;
  };

  /** Asks Ray to end a job until it has, whether anybody watches it or not. */
  const keepAsking = (handle: RayHandle): void => {
    if (asked.has(handle.state)) return;
    asked.add(handle.state);
    const forget = poller.watch(handle.state, handle, ({ job }) => {
      if (job === 'unknown') return;
      if (job !== 'missing' && !hasEnded(job)) return void api.stop(handle.id).catch(() => {});
      forget();
      asked.delete(handle.state);
    });
  };

  /** Once at a time, however many watch it. An apart run that was asked to end has no claim to say so. */
  const again = (handle: RayHandle): Promise<Exit | null> => {
    if (stopped.has(handle.state)) return Promise.resolve({ kind: 'signal', signal: 'SIGTERM' });
    const under = submitting.get(handle.state) ?? submitAgain(handle, api);
    submitting.set(handle.state, under);
    return under.finally(() => submitting.delete(handle.state));
  };

  return {
    name: 'ray',
    variables: options.runtimeEnv.env_vars ?? {},

    launch: (spec) => launchOnRay(spec, options, api, time),

    async recover(state) {
      const handle = await recoverFromRay(state, api, time);
      const noted = handle === null ? await notedLaunch(state).catch(() => null) : null;
      // Taken back: what may wait in Ray for it is asked to end, whoever took it back.
      if (noted !== null) keepAsking(noted.handle);
      return handle;
    },

    watch(given, report) {
      const handle = readHandle(given);
      let isWatched = true;
      const tell = (event: RunReport) => {
        if (!isWatched) return;
        if (event.type === 'run.gone') {
          unwatch();
          stopped.delete(handle.state);
          void dropSecrets(handle).catch(() => {});
        }
        report(event);
      };
      const forget = poller.watch(
        handle.state,
        handle,
        createObserver({
          report: tell,
          log: copyOf(handle),
          isShared: handle.shared,
          submitAgain: () => again(handle),
          isAsked: () => stopped.has(handle.state),
        }),
      );
      const unwatch = () => {
        isWatched = false;
        forget();
      };
      return unwatch;
    },

    async stop(given, how) {
      const handle = readHandle(given);
      stopped.add(handle.state);
      // Ray starts a pending job that it was asked to stop, and stops it then. With the claim the program never starts. A
      // folder that cannot be written (it may be gone) leaves only Ray to ask.
      if (handle.shared && (await claimStart(handle.state).catch(() => false))) {
        await dropSecrets(handle);
        await api.stop(handle.id).catch(() => {});
        return keepAsking(handle);
      }
      const ask = () => (handle.shared ? replaceFile(join(handle.state, how), '').catch(() => {}) : undefined);
      if (how === 'kill') await ask();
      try {
        await api.stop(handle.id);
      } catch (error) {
        // The run's own helper obeys without Ray.
        if (!handle.shared || !(error instanceof EngineAway)) throw error;
        await ask();
      }
      poller.hurry();
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

    describe: createDescribe(api),
    probe: () => probe(api),

    idOf: (handle) => readHandle(handle).id,
  };
}

/** @throws UnavailableError when what is at Ray's address does not answer as Ray does. */
async function probe(api: RayApi): Promise<void> {
  try {
    await api.expectRay();
  } catch (error) {
    throw error instanceof EngineAway ? new UnavailableError(error.message, { cause: error }) : error;
  }
}
