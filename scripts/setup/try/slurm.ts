import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSlurmCluster } from '../../../test/support/clusters/slurmCluster.ts';
import { attempt } from './attempt.ts';

// A cluster as the tests start it, and a job with a device.
await attempt(async () => {
  const cluster = await startSlurmCluster({ nodes: 1 });
  try {
    const output = join(cluster.folder, 'log', 'setup.out');
    await cluster.command('sbatch', '--wait', '--gres=gpu:1', `--output=${output}`, '--wrap', 'echo works');
    const words = await readFile(output, 'utf8');
    if (words !== 'works\n') throw new Error(`a job of Slurm said ${JSON.stringify(words)}`);
  } finally {
    await cluster.stop();
  }
});
