import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { submit } from '../../support/jobs/client.ts';
import { endedJob } from '../../support/jobs/jobs.ts';
import { describeWith, slurm } from '../../support/needs.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

const root = new URL('../../..', import.meta.url).pathname;

describeWith(slurm, 'the example of a server on Slurm', () => {
  const { cluster, record } = withCluster();

  test('the script starts a server whose runs Slurm places, with the words that it was given', async () => {
    const [shared, data] = [await temporaryFolder(), await temporaryFolder()];
    const child = spawn(join(root, 'examples/slurm/serve.sh'), [shared, '--comment=example'], {
      env: {
        ...process.env,
        ...cluster().env,
        PATH: `${dirname(process.execPath)}:${cluster().env['PATH'] ?? process.env['PATH']}`,
        EVALD: `node ${join(root, 'src/evald.ts')}`,
        EVALD_DATA_DIR: data,
        EVALD_FLAGS: '--port 0 --host 127.0.0.1 --harness demo',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    onTestFinished(async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    });
    let log = '';
    const url = await new Promise<string>((resolve, reject) => {
      child.once('exit', () => reject(new Error(log)));
      child.stderr.on('data', (chunk) => {
        log += chunk;
        const found = /listens on (http:\S+);/.exec(log)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    const job = await endedJob(url, await submit(url, { model: 'majority', tasks: ['demo_digits'], limit: 5 }));
    expect(job).toMatchObject({ status: 'completed', backend: { name: 'slurm' } });
    expect(await record(job.backend?.id ?? '')).toMatchObject({ JobState: 'COMPLETED' });
  });
});
