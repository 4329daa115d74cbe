import { appendFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type LaunchSpec, RunError } from '../contract.ts';
import { untilAnswered } from '../engine/away.ts';
import type { Time } from '../engine/backOff.ts';
import { foldersOverlap } from '../foldersOverlap.ts';
import { claimStart } from '../local/launcher.ts';
import type { RayApi, RaySubmission } from './api.ts';
import { apartEntrypoint, sharedEntrypoint } from './entrypoint.ts';
import { isOf, metadataOf, notedHandle, noteHandle, type RayHandle, submissionId } from './handle.ts';
import type { RayOptions } from './options.ts';
import { DEVICE_VARIABLES, keptVariables } from './runtimeEnv.ts';

/** Seconds that Ray waits beyond the grace period before it kills what our own helper has not ended. */
const MARGIN = 5;
/** Seconds that such an earlier attempt has to end; its program never starts. */
const LOOKS_AT_EARLIER = 10;

/**
 * Submits a run. As long as Ray does not answer it is asked again: the id makes that the same submission.
 * @throws RunError when Ray refuses it, or it can never run there.
 */
export async function launchOnRay(spec: LaunchSpec, options: RayOptions, api: RayApi, time: Time): Promise<RayHandle> {
  const handle = await begin(spec, options);
  const submission = await submissionOf(spec, handle, options);
  await noteHandle(handle);
  for (let look = 0; look < LOOKS_AT_EARLIER; look++) {
    if (await untilAnswered(() => api.submit(submission), time)) return handle;
    const job = await untilAnswered(() => api.job(handle.id), time);
    if (job !== null && isOf(job, handle)) return handle;
    if (job !== null && job.metadata?.['evald_job'] !== spec.jobId) break;
    await untilAnswered(() => makeRoom(api, handle.id), time);
    await new Promise<void>((done) => time.setTimeout(done, 1_000));
  }
  throw new RunError(`Ray has another job ${handle.id}, which does not end`);
}

/**
 * The run that a launch has submitted; null: none, and its program never starts.
 * @throws when the folder cannot be read.
 */
export async function recoverFromRay(state: string, api: RayApi, time: Time): Promise<RayHandle | null> {
  const handle = await notedHandle(state);
  if (handle === null) return (await claimStart(state)) ? null : fail(`${state} was claimed, and nobody noted by whom`);
  const look = async () => {
    const job = await untilAnswered(() => api.job(handle.id), time);
    return job !== null && isOf(job, handle);
  };
  if (await look()) return handle;
  // The submission of a server that has just ended may still be under way.
  await new Promise<void>((done) => time.setTimeout(done, 2_000));
  if (await look()) return handle;
  if (!handle.shared) return null;
  return (await claimStart(state)) ? null : handle;
}

async function begin(spec: LaunchSpec, { sharesFolder, ownOutputs }: RayOptions): Promise<RayHandle> {
  const state = resolve(spec.state);
  if (!sharesFolder && foldersOverlap(ownOutputs, resolve(spec.log, '..'))) {
    throw new RunError(
      'the nodes of Ray see none of its folders (--ray-shared-folder false): name an output_dir they see',
    );
  }
  if (await isClaimed(state)) throw new RunError(`the start was claimed in ${state}`);
  const noted = await notedHandle(state);
  if (noted !== null) return noted;
  // Made if it is not there: by the log a node shows that it sees the output folder.
  await appendFile(spec.log, '');
  const { size: logStart } = await stat(spec.log);
  return {
    backend: 'ray',
    id: submissionId(spec.jobId),
    state,
    shared: sharesFolder,
    log: resolve(spec.log),
    logStart,
  };
}

async function submissionOf(spec: LaunchSpec, handle: RayHandle, options: RayOptions): Promise<RaySubmission> {
  const { runtimeEnv, grace } = options;
  const gpus = options.asksGpus ? spec.resources.gpus : 0;
  const env = Object.entries(spec.env).filter(([name]) => !DEVICE_VARIABLES.includes(name));
  const input = {
    command: spec.command,
    env: Object.fromEntries(env),
    kept: keptVariables(runtimeEnv, gpus),
    log: handle.log,
    state: handle.state,
    cwd: process.cwd(),
    grace,
  };
  const { line, variables } = handle.shared ? await sharedEntrypoint(handle, input) : apartEntrypoint(handle, input);
  return {
    submission_id: handle.id,
    entrypoint: line,
    metadata: metadataOf(spec.jobId, handle.state),
    runtime_env: {
      ...runtimeEnv,
      env_vars: { ...runtimeEnv.env_vars, RAY_JOB_STOP_WAIT_TIME_S: String(Math.ceil(grace) + MARGIN), ...variables },
    },
    entrypoint_num_cpus: options.cpus,
    entrypoint_num_gpus: gpus,
  };
}

/** Ends and forgets an earlier attempt at the same job, which has the same id. */
async function makeRoom(api: RayApi, id: string): Promise<void> {
  if (!(await api.forget(id))) await api.stop(id);
}

/** Whether evald itself has claimed the start: then the program must not start. */
export async function isClaimed(state: string): Promise<boolean> {
  return stat(join(state, 'claim')).then(
    (claim) => claim.isDirectory(),
    () => false,
  );
}

function fail(message: string): never {
  throw new Error(message);
}
