import { expect, test } from 'vitest';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { getJob, submit } from '../../support/jobs/client.ts';
import { endedJob, jobWhen } from '../../support/jobs/jobs.ts';
import { describeWith, slurm } from '../../support/needs.ts';
import { healthOf } from '../../support/requests/health.ts';
import { send } from '../../support/requests/send.ts';
import { countedRuns } from '../../support/runs/countedRuns.ts';
import { launch, launchSpec, oneGpu } from '../../support/runs/localRun.ts';
import { startServer } from '../../support/server/server.ts';
import { eventually } from '../../support/waiting/eventually.ts';

describeWith(slurm, 'what evald asks of Slurm, and hands over to it', () => {
  const { cluster, backend, record } = withCluster({ nodes: 2, gpus: 1 });
  const hold = { args: ['--hold'] };

  test('the CPUs and the memory of a job are asked for, and win over those that the operator says for all', async () => {
    const words = ['--cpus-per-task=2', '--mem-per-cpu', '100', '--hold'];
    const on = backend({ args: words });
    const spec = await launchSpec(['true']);
    const handle = await launch(on, { ...spec, resources: { ...oneGpu, cpus: 3, memory: 512 * 2 ** 20 } });
    expect(await record(on.idOf(handle))).toMatchObject({ 'CPUs/Task': '3', MinMemoryNode: '512M' });
    const other = await launch(on, { ...(await launchSpec(['true'])), resources: oneGpu });
    expect(await record(on.idOf(other))).toMatchObject({ 'CPUs/Task': '2', MinMemoryCPU: '100M' });
  });

  test.each([
    [0, 'Nice', '100'],
    [100, 'Nice', '0'],
    [-100, 'Nice', '200'],
  ])('a job with the priority %i is submitted with %s=%s', async (priority, name, nice) => {
    const on = backend(hold);
    const handle = await launch(on, { ...(await launchSpec(['true'])), resources: { ...oneGpu, priority } });
    expect((await record(on.idOf(handle)))[name]).toBe(nice);
  });

  test('the step of a priority is what the operator says, or nothing; a --nice of the job itself wins', async () => {
    const launched = async (nice: number, engineArgs: string[]) => {
      const on = backend({ ...hold, nice });
      const resources = { ...oneGpu, priority: 90, engineArgs };
      return (await record(on.idOf(await launch(on, { ...(await launchSpec(['true'])), resources }))))['Nice'];
    };
    expect(await launched(1_000, [])).toBe('10000');
    expect(await launched(0, [])).toBe('0');
    expect(await launched(1, ['--nice=7'])).toBe('7');
  });

  test('of jobs that wait in Slurm the one of the higher priority has the higher one there too, though it came later', async () => {
    const on = backend(hold);
    const ids: string[] = [];
    for (const priority of [-100, 0, 100]) {
      const handle = await launch(on, { ...(await launchSpec(['true'])), resources: { ...oneGpu, priority } });
      ids.push(on.idOf(handle));
    }
    await cluster().command('scontrol', 'release', ids.join(','));
    const priorities = await Promise.all(ids.map(async (id) => Number((await record(id))['Priority'])));
    expect(priorities).toEqual(priorities.toSorted((one, other) => one - other));
  });

  test('with --slots 0 no more are handed over than may wait there, in the order of priority; a waiting one is cancelled, and a handed one taken back', async (context) => {
    const runs = await countedRuns(context);
    await runs.hold();
    const flags = ['--backend', 'slurm', '--max-pending', '2'];
    const server = await runs.start({ flags, env: cluster().env });
    const ask = (path: string, method: string) => send(`${server.url}${path}`, { method });
    const queue = async () => (await ask('/queue', 'GET')).json as Record<string, unknown>;
    // Two have the devices of the cluster, two wait for them there, and the others here.
    const ids: string[] = [];
    for (const tag of ['a', 'b', 'c', 'd', 'e', 'f']) ids.push(await submit(server.url, runs.request(tag)));
    const [, , third = '', fourth = '', fifth = ''] = ids;
    await eventually(async () => (await runs.runs()).length === 2);
    for (const id of [third, fourth])
      await jobWhen(server.url, id, ({ backend }) => /^PENDING/.test(backend?.state ?? ''));
    await eventually(async () => (await queue())['pending_jobs'] === 2);
    expect(await queue()).toMatchObject({ queue_size: 2, pending_jobs: 2 });
    expect((await getJob(server.url, fifth)).waiting_for).toEqual({ kind: 'engine', pending: 2 });

    // What waits here is overtaken and cancelled; what waits there is refused that, with the way out, by which it never runs.
    const urgent = await submit(server.url, { ...runs.request('urgent'), priority: 5 });
    expect((await ask(`/jobs/${fifth}`, 'DELETE')).status).toBe(200);
    const refused = await ask(`/jobs/${third}`, 'DELETE');
    expect([refused.status, JSON.stringify(refused.json)]).toEqual([
      400,
      expect.stringContaining(`has not begun; POST /jobs/${third}/stop takes it back at once`),
    ]);
    const { backend: place } = await getJob(server.url, third);
    expect((await ask(`/jobs/${third}/stop`, 'POST')).status).toBe(202);
    expect(await endedJob(server.url, third)).toMatchObject({ status: 'failed', failure_kind: 'stopped' });
    await eventually(async () => (await record(place?.id ?? ''))['JobState'] === 'CANCELLED');
    await jobWhen(server.url, urgent, ({ backend }) => /^PENDING/.test(backend?.state ?? ''));
    await runs.release();
    for (const id of [ids[0] ?? '', ids[1] ?? '', fourth, urgent, ids[5] ?? '']) {
      expect(await endedJob(server.url, id)).toMatchObject({ status: 'completed' });
    }
    expect((await runs.runs()).toSorted()).toEqual(['a', 'b', 'd', 'f', 'urgent']);
  });

  test('when every node is drained or down, /health is degraded and says which; when one is back it is healthy', async (context) => {
    const server = await startServer({ flags: ['--backend', 'slurm'], env: cluster().env });
    context.onTestFinished(async () => void (await server.stop()));
    const update = (state: string) =>
      cluster().command('scontrol', 'update', 'NodeName=n1,n2', `State=${state}`, 'Reason=test');
    await eventually(async () => (await healthOf(server.url)).status === 'healthy');
    await update('DRAIN');
    const degraded = await eventually(async () => {
      const health = await healthOf(server.url);
      return health.status === 'degraded' && health;
    });
    expect(degraded.takes_jobs).toBe(true);
    expect(degraded.reasons).toEqual([
      'slurm begins nothing (none of its nodes takes work: n1 is drained, n2 is drained): jobs are taken, and wait',
    ]);
    await cluster().command('scontrol', 'update', 'NodeName=n2', 'State=RESUME');
    await eventually(async () => (await healthOf(server.url)).status === 'healthy');
    await cluster().command('scontrol', 'update', 'NodeName=n1', 'State=RESUME');
  });
});
