import { describeBackend } from '../../runner/backends/backendContract.ts';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { slurm } from '../../support/needs.ts';

/** What Slurm and the node set for a job. */
const OF_SLURM =
  /^(SLURM.*|CUDA_VISIBLE_DEVICES|ROCR_VISIBLE_DEVICES|GPU_DEVICE_ORDINAL|ZE_AFFINITY_MASK|ENVIRONMENT|HOSTNAME|TMPDIR)$/;

const { backend } = withCluster();

describeBackend('slurm', {
  make: () => backend(),
  need: slurm,
  adds: (name) => OF_SLURM.test(name),
  // Without cgroups a process that leaves the job's group is beyond Slurm.
  reaches: 'session',
});
