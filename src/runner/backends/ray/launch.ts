import { resolve } from 'node:path';
import { errorMessage } from '../../../errors.ts';
import { appendTo } from '../../../files/writeRunFile.ts';
import { type Exit, RunError, UnavailableError } from '../../../machines/ports/runner.ts';
import { foldersOverlap } from '../../../machines/scheduler/foldersOverlap.ts';
import { launchFault } from '../../faults.ts';
import type { LaunchSpec } from '../backend.ts';
import { claimOf, claimStart } from '../shared/claim.ts';
import { systemTimers, type Timers, wait } from '../shared/pollSchedule.ts';
import { EngineUnavailableError, untilAnswered } from '../shared/unavailable.ts';
import { endedByCluster, hasGivenUp, type RayJob, type RaySubmission } from './answers.ts';
import type { RayApi } from './api.ts';
import { dropScript, dropSecrets } from './entrypoint.ts';
import { isOf, notedLaunch, noteLaunch, type RayHandle, submissionId } from './handle.ts';
import type { RayOptions } from './options.ts';
import { submissionOf } from './submission.ts';

/** Milliseconds of the machine, whatever time is given: they are Ray's. */
const SETTLING = 2_500;
/** Seconds that an earlier attempt at the same job, which has the same id, has to end. */
const PATIENCE = 10;

/**
 * Submits a run. If Ray does not answer, a run that claims its start is submitted when it does, by its watcher; another
 * one waits here.
 * @throws RunError when Ray refuses it, or it can never run there; UnavailableError when no run can be submitted.
 */
export async function launchOnRay(
  spec: LaunchSpec,
  options: RayOptions,
  api: RayApi,
  time: Timers,
): Promise<RayHandle> {
  const handle = await begin(spec, options);
  try {
    await submitFirst(spec, handle, options, api, time);
    return handle;
  } catch (error) {
    // What is left in the folder is never submitted, and shows nothing.
    if (handle.shared) await claimStart(handle.state).catch(() => {});
    await dropSecrets(handle).catch(() => {});
    throw error;
  }
}

async function submitFirst(
  spec: LaunchSpec,
  handle: RayHandle,
  options: RayOptions,
  api: RayApi,
  time: Timers,
): Promise<void> {
  const submission = await submissionOf(spec, handle, options);
  await noteLaunch({ handle, submission });
  for (let look = 0; look < PATIENCE; look++) {
    try {
      const ask = () => submitOrFind(submission, handle, api);
      if (await (handle.shared ? ask() : untilAnswered(ask, time))) return;
    } catch (error) {
      if (handle.shared && error instanceof EngineUnavailableError) return;
      throw error;
    }
    await wait(time, 1_000);
  }
  throw new UnavailableError(`Ray has an earlier job ${handle.id}, which does not end`);
}

/**
 * The run of a launch that was begun; null: none, and its program never starts.
 * @throws when the folder cannot be read.
 */
export async function recoverFromRay(state: string, api: RayApi, time: Timers): Promise<RayHandle | null> {
  const noted = await notedLaunch(state);
  if (noted === null) {
    if (!(await claimStart(state))) throw new Error(`${state} was claimed, and no one noted by whom`);
    await dropScript(state);
    return null;
  }
  const { handle } = noted;
  if (handle.shared) {
    // Whether Ray has it or not: its watcher submits it if need be, and the claim lets it start once.
    if ((await claimOf(state)) !== 'evald') return handle;
    // Taken back, by a server that ended over it.
    await dropSecrets(handle);
    return null;
  }
  if ((await claimOf(state)) === 'evald') return null;
  const look = async () => {
    const job = await untilAnswered(() => api.job(handle.id), time);
    return job !== null && isOf(job, handle);
  };
  if (await look()) return handle;
  // The submission of a server that has just ended may still be under way.
  await wait(time, 2_000);
  if (await look()) return handle;
  await dropSecrets(handle);
  return null;
}

/**
 * Submits a run that Ray does not have any more, or did not yet have; or that it has given up because nothing was free for
 * it in time, or because a node or Ray itself has failed. Only for one whose program has not started.
 * @returns its end when it can never run; else null, whether Ray answered or not.
 */
export async function submitAgain(handle: RayHandle, api: RayApi): Promise<Exit | null> {
  const exit = await submitOnceMore(handle, api);
  // Ended only if nothing of it can start: a submission that had no answer may be under way yet.
  if (exit === null || !handle.shared) return exit;
  return (await claimStart(handle.state).catch(() => false)) ? exit : null;
}

async function submitOnceMore(handle: RayHandle, api: RayApi): Promise<Exit | null> {
  try {
    const noted = await notedLaunch(handle.state);
    const submission = noted?.submission;
    if (!submission) return { kind: 'notStarted', reason: `${handle.state} does not say any more what it is` };
    const job = await api.job(handle.id);
    // A node that has what it asks for may come yet: what scales clusters makes one for what waits.
    if (job !== null && (hasGivenUp(job) || endedByCluster(job))) await forget(handle.id, api);
    else if (job !== null) return null;
    await api.submit(submission);
    return null;
  } catch (error) {
    if (error instanceof EngineUnavailableError || error instanceof UnavailableError) return null;
    return { kind: 'notStarted', reason: errorMessage(error) };
  }
}

async function begin(spec: LaunchSpec, { sharesFolder, ownOutputs }: RayOptions): Promise<RayHandle> {
  const state = resolve(spec.state);
  const log = resolve(spec.log);
  if (!sharesFolder) {
    const unseen = 'the nodes of Ray see none of its folders (--ray-shared-folder false)';
    if (foldersOverlap(ownOutputs, resolve(log, '..'))) throw new RunError(`${unseen}: name an output_dir they see`);
    // The file of arguments that no one else may read; through Ray, others could.
    if (spec.command.some((word) => word.startsWith(`${state}/`))) {
      throw new RunError(
        `${unseen}, and credentials in \`model_args\` and \`gen_kwargs\` are given to a run in one; give them to the server as variables (--pass-env)`,
      );
    }
  }
  if ((await claimOf(state)) === 'evald') throw new RunError(`the start was claimed in ${state}`);
  const noted = await notedLaunch(state);
  if (noted !== null) return noted.handle;
  // Made if it is not there: by the log a node shows that it sees the output folder.
  const file = await appendTo(log).catch((error) => {
    throw launchFault(error, `its log ${log} cannot be written`, false);
  });
  const { size: logStart } = await file.stat().finally(() => file.close());
  return { backend: 'ray', id: await submissionId(spec, state), state, shared: sharesFolder, log, logStart };
}

/** @returns whether Ray has this run now; false: it had another one of this id, which is asked to make room. */
async function submitOrFind(submission: RaySubmission, handle: RayHandle, api: RayApi): Promise<boolean> {
  if (await api.submit(submission)) return true;
  const job = await api.job(handle.id);
  if (job === null) return false;
  if (isOf(job, handle)) return true;
  if (!isSameJob(job, submission)) throw new RunError(`Ray has a job ${handle.id} that is not evald's`);
  if (!(await forget(handle.id, api))) await api.stop(handle.id);
  return false;
}

/**
 * Has Ray forget a job that has ended. Not at once: what watches it there looks once a second, and would write its end
 * into a record that is gone, or into that of the next job of this id. @returns whether it did.
 */
async function forget(id: string, api: RayApi): Promise<boolean> {
  await wait(systemTimers, SETTLING);
  return api.forget(id);
}

const isSameJob = (job: RayJob, { metadata }: RaySubmission) => job.metadata?.['evald_job'] === metadata['evald_job'];
