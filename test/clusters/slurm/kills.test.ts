import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { submit } from '../../support/jobs/client.ts';
import { endedJob } from '../../support/jobs/jobs.ts';
import { describeWith, slurm } from '../../support/needs.ts';
import { countedRuns } from '../../support/runs/countedRuns.ts';
import { seeded } from '../../support/seeded.ts';

const KILLS = Number(process.env['TEST_SLURM_KILLS'] ?? 5);

describeWith(slurm, 'a server on Slurm that is killed', () => {
  const { cluster } = withCluster();

  test(`of ${KILLS} kills of a server on Slurm that tries again what is lost, none loses a job and none has one run twice`, async (context) => {
    const random = seeded(9);
    const runs = await countedRuns(context);
    const start = () =>
      runs.start({
        flags: ['--backend', 'slurm', '--slots', '0', '--retry', '3:lost,preempted,nodeFailed'],
        env: cluster().env,
      });
    const acknowledged = new Map<string, string>();
    for (let kill = 0; kill < KILLS; kill++) {
      const server = await start();
      for (let job = 0; job < 3; job++) {
        const tag = `k${kill}-${job}`;
        acknowledged.set(await submit(server.url, runs.request(tag)), tag);
      }
      await setTimeout(random() * 1_500);
      await server.kill();
    }
    const server = await start();
    for (const [id] of acknowledged)
      expect(await endedJob(server.url, id)).toMatchObject({ status: 'completed', attempts: [] });
    const counted = (await runs.runs()).toSorted();
    expect(counted).toEqual([...acknowledged.values()].toSorted());
  });
});
