import { afterAll, beforeAll } from 'vitest';
import { createSlurmBackend } from '../../src/runner/slurm/backend.ts';
import { describeBackend } from '../runner/backendContract.ts';
import { slurm } from '../support/needs.ts';
import { type SlurmCluster, startSlurmCluster } from '../support/slurmCluster.ts';

let cluster: SlurmCluster | null = null;
beforeAll(async () => {
  if (slurm.present) cluster = await startSlurmCluster();
});
afterAll(() => cluster?.stop());

/** What Slurm and the node set for a job. */
const OF_SLURM =
  /^(SLURM.*|CUDA_VISIBLE_DEVICES|ROCR_VISIBLE_DEVICES|GPU_DEVICE_ORDINAL|ZE_AFFINITY_MASK|ENVIRONMENT|HOSTNAME|TMPDIR)$/;

describeBackend('slurm', {
  make: () => createSlurmBackend({ args: [], gres: 'gpu', grace: 5, allowedArgs: [], env: cluster?.env ?? {} }),
  need: slurm,
  adds: (name) => OF_SLURM.test(name),
  reaches: 'session',
});
