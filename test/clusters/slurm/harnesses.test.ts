import { test } from 'vitest';
import { expectOneQueue } from '../../harnesses/oneQueue.ts';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { allOf, describeWith, lmEval, slurm } from '../../support/needs.ts';

describeWith(allOf(slurm, lmEval), 'several harnesses on Slurm', () => {
  const { cluster } = withCluster();

  test('a job of each harness goes through one queue to Slurm, and each has the numbers of its own harness', async (context) => {
    await expectOneQueue(context, ['--backend', 'slurm', '--slots', '2'], cluster().env);
  }, 900_000);
});
