import { describe, expect, test } from 'vitest';
import { GPUS, type RayCluster } from '../../../support/clusters/rayCluster.ts';
import { rayFlags } from '../../../support/clusters/rayOptions.ts';
import { getJob, submit } from '../../../support/jobs/client.ts';
import { endedJob, jobWhen } from '../../../support/jobs/jobs.ts';
import { healthOf } from '../../../support/requests/health.ts';
import { send } from '../../../support/requests/send.ts';
import { countedRuns } from '../../../support/runs/countedRuns.ts';
import { expectStopAfterCrash } from '../../../support/runs/stubbornRun.ts';
import { startServer } from '../../../support/server/server.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

/** The real server, with `--backend ray`. */
export function servers(cluster: () => RayCluster): void {
  describe('evald on Ray', () => {
    test('evald on Ray runs the demo; it reports on which node a job is and the state of the cluster', async (context) => {
      const server = await startServer({ flags: rayFlags(cluster()) });
      context.onTestFinished(async () => void (await server.stop()));
      const demo = { model: 'nearest-template', tasks: ['demo_digits'], limit: 20, num_gpus: 2 };
      const ids = await Promise.all([submit(server.url, demo), submit(server.url, demo)]);
      const jobs = await Promise.all(ids.map((id) => endedJob(server.url, id)));
      for (const job of jobs) {
        expect(job.error).toBeNull();
        expect(job).toMatchObject({
          status: 'completed',
          metrics: { demo_digits: { acc: { n: 20 } } },
          backend: {
            name: 'ray',
            id: `evald:nearest-template:demo_digits:${job.job_id}`,
            node: expect.stringMatching(/./),
          },
        });
      }
      expect(await healthOf(server.url)).toMatchObject({
        status: 'healthy',
        backend: 'ray',
        engine: {
          name: 'ray',
          reachable: true,
          reason: null,
          nodes: expect.arrayContaining([expect.objectContaining({ state: 'ALIVE' })]),
        },
      });
    });

    test('a server killed while a run on Ray continues is followed by one that watches it to its end: it runs once', async (context) => {
      const counted = await countedRuns(context);
      await counted.hold();
      const first = await counted.start({ flags: rayFlags(cluster()) });
      const jobId = await submit(first.url, counted.request('a'));
      await eventually(async () => (await counted.runs()).length === 1);
      await jobWhen(first.url, jobId, ({ backend }) => backend !== null);
      await first.kill();
      const next = await counted.start({ flags: rayFlags(cluster()) });
      const id = expect.stringMatching(new RegExp(`^evald:[\\w.-]+:[\\w.-]+:${jobId}$`));
      expect(await getJob(next.url, jobId)).toMatchObject({ status: 'running', backend: { id } });
      await counted.release();
      expect(await endedJob(next.url, jobId)).toMatchObject({ status: 'completed' });
      expect(await counted.runs()).toEqual(['a']);
    });

    test('a server killed between submission to Ray and its record is followed by one that finds the run: it runs once', async (context) => {
      const counted = await countedRuns(context);
      const crashAt = 'after the launch, before the handle is written' as const;
      const first = await counted.start({ flags: rayFlags(cluster()), crashAt });
      const jobId = await submit(first.url, counted.request('a'));
      await eventually(() => first.process.signalCode === 'SIGKILL');
      const next = await counted.start({ flags: rayFlags(cluster()) });
      expect(await endedJob(next.url, jobId)).toMatchObject({ status: 'completed' });
      expect(await counted.runs()).toEqual(['a']);
    });

    test('a server killed after it acknowledged a stop is followed by one that ends the run on Ray, which ignores TERM', async (context) => {
      await expectStopAfterCrash(context, { flags: rayFlags(cluster()) });
    });

    test('evald stops a job that waits in Ray', async (context) => {
      const counted = await countedRuns(context);
      const server = await counted.start({ flags: rayFlags(cluster()) });
      const jobId = await submit(server.url, { ...counted.request('a'), num_gpus: GPUS + 1 });
      await jobWhen(server.url, jobId, ({ backend }) => backend?.state?.startsWith('PENDING') === true);
      await send(`${server.url}/jobs/${jobId}/stop`, { method: 'POST' });
      expect(await endedJob(server.url, jobId)).toMatchObject({ status: 'failed', failure_kind: 'stopped' });
      expect(await counted.runs()).toEqual([]);
    });
  });
}
