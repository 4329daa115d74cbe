import { ownersOnly } from '../../../files/fileAccess.ts';
import type { RuntimeEnv } from '../../../schemas/engine/rayRuntimeEnv.ts';
import { startFolder } from '../../folders/workingFolder.ts';
import type { LaunchSpec } from '../backend.ts';
import type { RaySubmission } from './answers.ts';
import { apartEntrypoint, sharedEntrypoint } from './entrypoint.ts';
import { metadataOf, type RayHandle } from './handle.ts';
import type { RayOptions } from './options.ts';
import { resourcesIn } from './resources.ts';

/** Seconds that Ray waits beyond the grace period before it kills what our own helper has not ended. */
const MARGIN = 5;

/** What Ray is asked for a run. Writes the run's scripts, where its node sees them. @throws RunError when it cannot be. */
export async function submissionOf(spec: LaunchSpec, handle: RayHandle, options: RayOptions): Promise<RaySubmission> {
  const { runtimeEnv, grace } = options;
  const { memory, engineArgs } = spec.resources;
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
    entrypoint_num_cpus: spec.resources.cpus ?? options.cpus,
    entrypoint_num_gpus: gpus,
    ...(memory !== null && { entrypoint_memory: memory }),
    ...(engineArgs.length > 0 && { entrypoint_resources: resourcesIn(engineArgs) }),
  };
}

/** Parts with which Ray gives a job another Python, or other files to import: then its paths count, not ours. */
const INSTALLS = ['pip', 'uv', 'conda', 'py_executable', 'py_modules', 'working_dir', 'image_uri', 'container'];
const PATHS = ['PATH', 'VIRTUAL_ENV', 'PYTHONPATH', 'LD_LIBRARY_PATH', 'CONDA_PREFIX', 'CONDA_DEFAULT_ENV'];

/** With one of these Ray tells a program which devices are its own. */
export const DEVICE_VARIABLES = [
  'CUDA_VISIBLE_DEVICES',
  'HIP_VISIBLE_DEVICES',
  'ROCR_VISIBLE_DEVICES',
  'ONEAPI_DEVICE_SELECTOR',
  'ZE_AFFINITY_MASK',
  'ASCEND_RT_VISIBLE_DEVICES',
  'HABANA_VISIBLE_MODULES',
  'NEURON_RT_VISIBLE_CORES',
  'TPU_VISIBLE_CHIPS',
  'TPU_CHIPS_PER_HOST_BOUNDS',
  'TPU_HOST_BOUNDS',
  'FURIOSA_DEVICES',
  'RBLN_DEVICES',
  'TT_VISIBLE_DEVICES',
];

/** What the server's machine says of itself means nothing on a node. */
export const OF_THE_MACHINE = [...DEVICE_VARIABLES, 'TMPDIR', 'HOSTNAME', 'XDG_RUNTIME_DIR'];

/**
 * Names of the variables that a program gets from Ray's worker, as they are there: what Ray or the operator set on purpose.
 * Everything else that the worker has is that of the process that started Ray.
 * @param gpus how many it asks Ray for: none means that Ray knows nothing of its devices.
 */
export function keptVariables(runtimeEnv: RuntimeEnv, gpus: number): string[] {
  const installs = INSTALLS.some((part) => part in runtimeEnv);
  return [
    ...(gpus > 0 ? DEVICE_VARIABLES : []),
    ...(installs ? PATHS : []),
    ...Object.keys(runtimeEnv.env_vars ?? {}),
    'RAY_ADDRESS',
    'TMPDIR',
  ];
}
