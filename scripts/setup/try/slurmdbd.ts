import { startSlurmCluster } from '../../../test/support/clusters/slurmCluster.ts';
import { eventually } from '../../../test/support/waiting/eventually.ts';
import { attempt } from './attempt.ts';

// A cluster with accounts as the tests start it, and a job that it has on record.
await attempt(async () => {
  const cluster = await startSlurmCluster({ nodes: 1, accounting: true });
  try {
    await cluster.command('sbatch', '--wait', '--output=/dev/null', '--wrap', 'exit 0');
    const words = ['--noheader', '--allocations', '--parsable2', '--format=Account,State'];
    const record = () => cluster.command('sacct', ...words);
    await eventually(async () => (await record()) === 'root|COMPLETED');
  } finally {
    await cluster.stop();
  }
});
