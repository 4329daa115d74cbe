import { ownersOnly } from '../../files/fileAccess.ts';
import type { LaunchSpec } from '../contract.ts';
import { startFolder } from '../workingFolder.ts';
import type { RaySubmission } from './answers.ts';
import { apartEntrypoint, sharedEntrypoint } from './entrypoint.ts';
import { metadataOf, type RayHandle } from './handle.ts';
import type { RayOptions } from './options.ts';
import { keptVariables, OF_THE_MACHINE } from './runtimeEnv.ts';

/** Seconds that Ray waits beyond the grace period before it kills what our own helper has not ended. */
const MARGIN = 5;

/** What Ray is asked for a run. Writes the run's scripts, where its node sees them. @throws RunError when it cannot be. */
export async function submissionOf(spec: LaunchSpec, handle: RayHandle, options: RayOptions): Promise<RaySubmission> {
  const { runtimeEnv, grace } = options;
  const gpus = options.asksGpus ? spec.resources.gpus : 0;
  const env = Object.entries(spec.env).filter(([name]) => !OF_THE_MACHINE.includes(name));
  const input = {
    command: spec.command,
    env: Object.fromEntries(env),
    kept: keptVariables(runtimeEnv, gpus),
    log: handle.log,
    state: handle.state,
    cwd: startFolder,
    umask: spec.umask ?? ownersOnly.umask,
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
