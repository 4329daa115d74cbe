import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { getJob, submit } from '../../support/jobs/client.ts';
import { endedJob, jobWhen } from '../../support/jobs/jobs.ts';
import { describeWith, slurm } from '../../support/needs.ts';
import { countedRuns } from '../../support/runs/countedRuns.ts';
import { launch, launchSpec, watchToEnd } from '../../support/runs/localRun.ts';
import { processesOf } from '../../support/runs/processes.ts';
import { eventually } from '../../support/waiting/eventually.ts';

const gone = { type: 'run.gone' };
/** Each fills a node of two processors. */
const WHOLE = '--cpus-per-task=2';

describeWith(slurm, 'an end that is the doing of Slurm', () => {
  const { cluster, backend, record } = withCluster({ cpus: 2, gpus: 0, preemption: 'REQUEUE' });

  /** A run on a node, whose program has begun. @param requeue whether an operator lets Slurm start it again. */
  const begin = async (
    node: string,
    requeue: boolean,
    program: [string, ...string[]] = ['sh', '-c', 'echo ready; exec sleep 600'],
  ) => {
    const on = backend({ gres: '', args: [WHOLE, `--nodelist=${node}`] });
    const spec = await launchSpec(program);
    const handle = await launch(on, spec);
    const id = on.idOf(handle);
    await eventually(async () => (await readFile(spec.log, 'utf8')).includes('ready'));
    if (requeue) await cluster().command('scontrol', 'update', `JobId=${id}`, 'Requeue=1');
    return { on, spec, handle, id };
  };
  /** Has a job that goes before others ask for a node, and ends it when the test has. */
  const take = async (node: string, { onTestFinished }: { onTestFinished: (end: () => Promise<void>) => void }) => {
    const words = ['--parsable', '--partition=urgent', WHOLE, `--nodelist=${node}`, '--output=/dev/null'];
    const id = await cluster().command('sbatch', ...words, '--wrap=sleep 600');
    onTestFinished(async () => void (await cluster().command('scancel', id)));
  };
  const requeued = { kind: 'preempted', reason: 'it was requeued in Slurm, for another job or by hand' };

  test('a run that is requeued by hand is preempted: nothing of it begins again, and nothing of it is left in Slurm', async () => {
    const { on, spec, handle, id } = await begin('n1', true);
    const ended = watchToEnd(on, handle);
    await cluster().command('scontrol', 'requeue', id);
    expect(await ended).toEqual([{ type: 'run.exited', exit: requeued }, gone]);
    await eventually(async () => (await record(id))['JobState'] === 'CANCELLED');
    expect((await readFile(spec.log, 'utf8')).match(/ready/g)).toHaveLength(1);
  });

  test('a run that is requeued and started again while no server watches is preempted: its second start ends at its claim', async () => {
    const { spec, handle, id } = await begin('n1', true);
    await cluster().command('scontrol', 'requeue', id);
    await eventually(async () => (await record(id))['JobState'] === 'PENDING');
    await cluster().command('scontrol', 'update', `JobId=${id}`, 'StartTime=now');
    await eventually(async () => (await record(id))['JobState'] === 'FAILED');
    const next = backend({ gres: '' });
    expect(await next.recover(spec.state)).not.toBeNull();
    expect(await watchToEnd(next, handle)).toEqual([{ type: 'run.exited', exit: requeued }, gone]);
    expect((await readFile(spec.log, 'utf8')).match(/ready/g)).toHaveLength(1);
  });

  test.each([
    [false, 'it was preempted in Slurm by another job (Slurm: PREEMPTED)'],
    [true, requeued.reason],
  ])(
    'a run whose place another job takes is preempted, whether Slurm requeues it (%s) or ends it',
    async (requeue, reason) => {
      const ends: (() => Promise<void>)[] = [];
      try {
        const { on, handle } = await begin('n2', requeue);
        const ended = watchToEnd(on, handle);
        await take('n2', { onTestFinished: (end) => ends.push(end) });
        expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'preempted', reason } }, gone]);
      } finally {
        for (const end of ends) await end();
      }
    },
  );

  test('a run that catches TERM and ends with a code of its own when it is requeued is preempted all the same', async () => {
    const script = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done";
    const { on, handle, id } = await begin('n1', true, ['sh', '-c', script]);
    const ended = watchToEnd(on, handle);
    await cluster().command('scontrol', 'requeue', id);
    expect(await ended).toEqual([{ type: 'run.exited', exit: requeued }, gone]);
  });

  test('a run whose node fails, and which Slurm requeues, ends by the failure of its node, with its name', async () => {
    const { on, handle } = await begin('n1', true);
    const ended = watchToEnd(on, handle);
    await cluster().nodes['n1']?.end('SIGKILL');
    await cluster().command('scontrol', 'update', 'NodeName=n1', 'State=DOWN', 'Reason=test');
    const reason = 'its node n1 failed, and Slurm requeued it';
    expect(await ended).toEqual([{ type: 'run.exited', exit: { kind: 'nodeFailed', reason } }, gone]);
    await cluster().nodes['n1']?.start();
    await cluster()
      .command('scontrol', 'update', 'NodeName=n1', 'State=RESUME')
      .catch(() => {});
    await eventually(async () =>
      /^(idle|mixed|alloc)/.test(await cluster().command('sinfo', '-h', '-n', 'n1', '-p', 'debug', '-o', '%T')),
    );
  });

  describe('scancel by another', () => {
    test.each([
      ['of a run that waits', ['--hold'], 'sleep 600'],
      ['of a run that ends by TERM', [], 'echo ready; exec sleep 600'],
      [
        'of a run that catches TERM and ends with a code',
        [],
        "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done",
      ],
      ['of a run that ignores TERM', [], "trap '' TERM; echo ready; while :; do sleep 0.1; done"],
    ] as const)('scancel by another has one kind: %s', async (_, args, script) => {
      const on = backend({ gres: '', args: [WHOLE, ...args] });
      const spec = await launchSpec(['sh', '-c', script]);
      const handle = await launch(on, spec);
      const ended = watchToEnd(on, handle);
      if (args.length === 0) await eventually(async () => (await readFile(spec.log, 'utf8')).includes('ready'));
      await cluster().command('scancel', '-u', 'root');
      const exit = {
        kind: 'cancelled',
        reason: expect.stringMatching(/^it was cancelled in Slurm \(Slurm: CANCELLED/),
      };
      expect(await ended).toEqual([{ type: 'run.exited', exit }, gone]);
    });
  });

  test('a job with --retry whose node fails runs again on another node, and completes; one that is cancelled in Slurm is not tried again', async (context) => {
    const { start, request, runs, hold, release, dataDir } = await countedRuns(context);
    await hold();
    const flags = ['--backend', 'slurm', '--slots', '2', '--slurm-gres', '', '--slurm-args', WHOLE, '--retry', '2'];
    const server = await start({ flags, env: cluster().env });
    const [one, other] = [await submit(server.url, request('a')), await submit(server.url, request('b'))];
    const [first, second] = await Promise.all(
      [one, other].map((id) =>
        jobWhen(server.url, id, ({ backend: place }) => place?.state === 'RUNNING' && place.node !== null),
      ),
    );
    await eventually(async () => (await runs()).length === 2);
    const node = first?.backend?.node ?? '';
    await cluster().command('scancel', second?.backend?.id ?? '');
    expect(await endedJob(server.url, other)).toMatchObject({ failure_kind: 'stopped', attempts: [] });
    await cluster().nodes[node]?.end('SIGKILL');
    await cluster().command('scontrol', 'update', `NodeName=${node}`, 'State=DOWN', 'Reason=test');
    await jobWhen(server.url, one, ({ attempts }) => attempts.length === 1);
    expect(await getJob(server.url, one)).toMatchObject({
      ...{ status: 'running', failure_kind: null },
      attempts: [
        { number: 1, failure_kind: 'nodeFailed', node, error: expect.stringContaining(`its node ${node} failed`) },
      ],
    });
    // The machine of a node that fails fails with it; here it is this one.
    for (const pid of await processesOf(join(dataDir, 'runs', one))) process.kill(pid, 'SIGKILL');
    await eventually(async () => (await runs()).length === 3);
    await release();
    const job = await endedJob(server.url, one);
    expect(job).toMatchObject({ status: 'completed', error: null, attempts: [{ number: 1 }] });
    expect(job.backend?.node).not.toBe(node);
    expect((await runs()).toSorted()).toEqual(['a', 'a', 'b']);
    await cluster().nodes[node]?.start();
  });
});
