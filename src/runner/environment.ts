/** With one of these in its environment, lmms-eval takes itself for one worker of a distributed run. */
export const DISTRIBUTED = [
  'SLURM_PROCID',
  'SLURM_NTASKS',
  'SLURM_LOCALID',
  'SLURM_NPROCS',
  'SLURM_NODEID',
  'SLURM_JOB_NUM_NODES',
  'SLURM_NTASKS_PER_NODE',
  'SLURM_STEP_NUM_TASKS',
  'SLURM_STEP_NUM_NODES',
  'SLURM_STEP_TASKS_PER_NODE',
  'SLURM_TASKS_PER_NODE',
  'PMIX_RANK',
  'RANK',
  'WORLD_SIZE',
  'LOCAL_RANK',
  'LOCAL_WORLD_SIZE',
  'MASTER_ADDR',
  'MASTER_PORT',
  'SLURM_CPU_BIND',
  'SLURM_CPU_BIND_LIST',
  'SLURM_CPU_BIND_TYPE',
  'SLURM_CPU_BIND_VERBOSE',
  'SLURM_MEM_BIND',
  'SLURM_MEM_BIND_LIST',
  'SLURM_MEM_BIND_TYPE',
  'SLURM_MEM_BIND_VERBOSE',
];

/** What the server keeps from its runs: they are other people's programs. */
const SECRETS = ['EVALD_WEBHOOK_SECRET'];

/**
 * The whole environment of a run.
 *
 * @param base the server's own. @param extra the harness's; it wins.
 */
export function runEnvironment(
  base: Readonly<Record<string, string | undefined>>,
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...base, PYTHONUNBUFFERED: '1', ...extra })) {
    if (value !== undefined && !DISTRIBUTED.includes(name) && !SECRETS.includes(name)) env[name] = value;
  }
  return env;
}
