import { expect, test } from 'vitest';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { commandServers } from '../../support/harnesses/commandServer.ts';
import { submit } from '../../support/jobs/client.ts';
import { endedJob } from '../../support/jobs/jobs.ts';
import { describeWith, slurm } from '../../support/needs.ts';

describeWith(slurm, 'a command as a job of Slurm', () => {
  const { cluster, record } = withCluster();

  test('a command as a job of Slurm has its variables, gets its credential in a file, and gives the same numbers as elsewhere', async (context) => {
    const commands = await commandServers(context);
    const server = await commands.start({ flags: ['--backend', 'slurm', '--slots', '2'], env: cluster().env });
    const asked = { model_args: { api_key: 'sk-planted-4711-0815' } };
    const [good, bad] = await Promise.all([
      submit(server.url, commands.request('right', asked)),
      submit(server.url, commands.request('forgetful')),
    ]);
    const job = await endedJob(server.url, good);
    expect(job).toMatchObject({ status: 'completed', error: null, backend: { name: 'slurm' } });
    expect(job.metrics).toMatchObject({ letters: { acc: { value: 0.75, n: 4 } }, digits: { acc: { value: 0.75 } } });
    expect(await record(job.backend?.id ?? '')).toMatchObject({ JobState: 'COMPLETED' });
    const log = await (await fetch(`${server.url}/jobs/${good}/log`)).text();
    expect(log).toContain('"greeting":"hello"');
    expect(log).not.toContain('sk-planted');
    expect(await endedJob(server.url, bad)).toMatchObject({ status: 'failed', failure_kind: 'incompleteResults' });
  });
});
