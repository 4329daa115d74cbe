import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { getJob, submit } from '../../support/jobs/client.ts';
import { endedJob, jobWhen } from '../../support/jobs/jobs.ts';
import { describeWith, slurm } from '../../support/needs.ts';
import { healthOf } from '../../support/requests/health.ts';
import { send } from '../../support/requests/send.ts';
import { countedRuns } from '../../support/runs/countedRuns.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';
import { expectStopAfterCrash } from '../../support/runs/stubbornRun.ts';
import { startServer } from '../../support/server/server.ts';
import { eventually } from '../../support/waiting/eventually.ts';

describeWith(slurm, 'evald on Slurm', () => {
  const { cluster, record } = withCluster();

  const onSlurm = (...flags: string[]) => ({ flags: ['--backend', 'slurm', ...flags], env: cluster().env });
  const demo = { model: 'nearest-template', tasks: ['demo_digits'], limit: 5 };

  test('evald on Slurm runs twenty evaluations of the demo on two nodes, as many at a time as they have GPUs', async (context) => {
    const server = await startServer(onSlurm('--slots', '0'));
    context.onTestFinished(async () => void (await server.stop()));
    const ids = await Promise.all(Array.from({ length: 20 }, () => submit(server.url, demo)));
    const jobs = await Promise.all(ids.map((id) => endedJob(server.url, id)));
    expect(jobs.map(({ status, error }) => error ?? status)).toEqual(ids.map(() => 'completed'));
    expect(new Set(jobs.map(({ backend }) => backend?.node))).toEqual(new Set(['n1', 'n2']));
    // Each is one job of Slurm, and each of those has ended well.
    const slurmIds = jobs.map(({ backend }) => backend?.id ?? '');
    expect(new Set(slurmIds).size).toBe(20);
    for (const id of slurmIds)
      expect(await record(id)).toMatchObject({ JobState: 'COMPLETED', TresPerNode: 'gres:gpu:1' });
    // Four devices: while a fifth ran, none of the first four would have.
    const spans = await Promise.all(
      slurmIds.map(async (id) => {
        const { StartTime = '', EndTime = '' } = await record(id);
        return [Date.parse(StartTime), Date.parse(EndTime)] as const;
      }),
    );
    for (const [start] of spans) {
      expect(spans.filter(([from, to]) => from <= start && start < to).length).toBeLessThanOrEqual(4);
    }
  });

  test('evald on Slurm says on which node a job is, and the state of the cluster', async (context) => {
    const runs = await countedRuns(context);
    await runs.hold();
    const server = await runs.start(onSlurm());
    const id = await submit(server.url, runs.request('a'));
    const running = await jobWhen(server.url, id, ({ backend }) => backend?.state === 'RUNNING');
    expect(running.backend).toEqual({
      name: 'slurm',
      id: expect.stringMatching(/^\d+$/),
      node: expect.stringMatching(/^n[12]$/),
      state: 'RUNNING',
    });
    const health = await eventually(async () => {
      const found = await healthOf(server.url);
      return found.engine.running === 1 && found;
    });
    expect(health).toMatchObject({
      status: 'healthy',
      engine: { name: 'slurm', reachable: true, queued: 0, nodes: [{ name: 'n1' }, { name: 'n2' }] },
    });
    await runs.release();
    expect((await endedJob(server.url, id)).backend).toEqual({ ...running.backend, state: null });
  });

  test('a server killed while a job of Slurm runs is followed by one that picks it up and runs nothing twice', async (context) => {
    const runs = await countedRuns(context);
    await runs.hold();
    const server = await runs.start(onSlurm());
    const id = await submit(server.url, runs.request('a'));
    const before = await jobWhen(server.url, id, ({ backend }) => backend?.state === 'RUNNING');
    await eventually(async () => (await runs.runs()).length === 1);
    await server.kill();
    const next = await runs.start(onSlurm());
    const after = await jobWhen(next.url, id, ({ backend }) => backend?.state === 'RUNNING');
    expect(after.backend).toEqual(before.backend);
    await runs.release();
    expect(await endedJob(next.url, id)).toMatchObject({ status: 'completed', error: null });
    expect(await runs.runs()).toEqual(['a']);
  });

  test('a job of Slurm that ends while its server is killed has its end reported by the next server', async (context) => {
    const runs = await countedRuns(context);
    await runs.hold();
    const server = await runs.start(onSlurm());
    const id = await submit(server.url, runs.request('a'));
    const { backend } = await jobWhen(server.url, id, (job) => job.backend?.state === 'RUNNING');
    await server.kill();
    await runs.release();
    await eventually(async () => (await record(backend?.id ?? ''))['JobState'] === 'COMPLETED');
    const next = await runs.start(onSlurm());
    expect(await endedJob(next.url, id)).toMatchObject({ status: 'completed', error: null });
    expect(await runs.runs()).toEqual(['a']);
  });

  test('a server killed between a submission to Slurm and its record finds the job by its comment and submits nothing twice', async (context) => {
    const runs = await countedRuns(context);
    const server = await runs.start({ ...onSlurm(), crashAt: 'after the launch, before the handle is written' });
    const ended = new Promise((resolve) => server.process.once('exit', resolve));
    // The server may end before it has answered.
    await submit(server.url, runs.request('a')).catch(() => {});
    await ended;
    const next = await runs.start(onSlurm());
    const { json } = await send(`${next.url}/jobs`, { method: 'GET' });
    const [{ job_id }] = (json as { jobs: { job_id: string }[] }).jobs as [{ job_id: string }];
    expect(await endedJob(next.url, job_id)).toMatchObject({ status: 'completed', error: null });
    expect(await runs.runs()).toEqual(['a']);
    const comments = await cluster().command('squeue', '-h', '-t', 'all', '-o', '%k');
    expect(comments.split('\n').filter((comment) => comment.startsWith(job_id))).toHaveLength(1);
  });

  /** Twelve jobs on four devices, of which each notes that it ran and waits. */
  const twelve = async (runs: Awaited<ReturnType<typeof countedRuns>>, url: string) => {
    await runs.hold();
    const tags = Array.from({ length: 12 }, (_, index) => `t${index}`);
    const ids = await Promise.all(tags.map((tag) => submit(url, runs.request(tag))));
    for (const id of ids) await jobWhen(url, id, ({ backend }) => backend !== null && backend.state !== null);
    await eventually(async () => (await runs.runs()).length === 4);
    return { tags, ids };
  };

  test('a server that is asked to end leaves in Slurm what runs and what waits there, and fails none of it', async (context) => {
    const runs = await countedRuns(context);
    const server = await runs.start(onSlurm('--slots', '0'));
    const { tags, ids } = await twelve(runs, server.url);
    expect(await server.stop()).toBe(0);
    expect(server.log()).toContain('what runs is left to go on');
    const next = await runs.start(onSlurm('--slots', '0'));
    await runs.release();
    const ended = await Promise.all(ids.map((id) => endedJob(next.url, id)));
    expect(ended.map(({ status, error }) => error ?? status)).toEqual(ids.map(() => 'completed'));
    expect((await runs.runs()).toSorted()).toEqual(tags.toSorted());
  });

  test('a server with --on-shutdown stop ends what has begun in Slurm, and the next one submits anew what only waited', async (context) => {
    const runs = await countedRuns(context);
    const server = await runs.start(onSlurm('--slots', '0', '--on-shutdown', 'stop'));
    const { tags, ids } = await twelve(runs, server.url);
    const begun = await runs.runs();
    expect(await server.stop()).toBe(0);
    expect(await cluster().command('squeue', '-h', '-t', 'PD,R', '-o', '%i')).toBe('');
    const next = await runs.start(onSlurm('--slots', '0'));
    // Held until Slurm has said where one of them is: a run so short may have ended when it is next asked.
    const anew = ids.filter((_, index) => !begun.includes(tags[index] ?? ''));
    const placed = await eventually(async () => {
      const jobs = await Promise.all(anew.map((id) => getJob(next.url, id)));
      return jobs.find(({ backend }) => backend?.state === 'RUNNING')?.job_id;
    });
    await runs.release();
    const ended = await Promise.all(ids.map((id) => endedJob(next.url, id)));
    expect(ended.map(({ status, failure_kind }) => failure_kind ?? status)).toEqual(
      tags.map((tag) => (begun.includes(tag) ? 'interrupted' : 'completed')),
    );
    expect((await runs.runs()).toSorted()).toEqual(tags.toSorted());
    const { text } = await send(`${next.url}/jobs/${placed}/events`, { method: 'GET' });
    expect([...text.matchAll(/^event: (\w+)/gm)].map(([, type]) => type)).toEqual([
      ...['submitted', 'started', 'launched', 'withdrawn', 'launched', 'placed', 'completed'],
    ]);
  });

  test('a server started again without Slurm watches what still runs there, and runs new jobs on this machine', async (context) => {
    const runs = await countedRuns(context);
    await runs.hold();
    const server = await runs.start(onSlurm());
    const id = await submit(server.url, runs.request('there'));
    await jobWhen(server.url, id, ({ backend }) => backend?.state === 'RUNNING');
    await server.kill();
    const next = await runs.start({ flags: ['--slots', '2'], env: cluster().env });
    const here = await submit(next.url, runs.request('here'));
    await jobWhen(next.url, here, ({ status }) => status === 'running');
    await runs.release();
    expect(await endedJob(next.url, id)).toMatchObject({ status: 'completed', backend: { name: 'slurm' } });
    expect(await endedJob(next.url, here)).toMatchObject({ status: 'completed', backend: { name: 'local' } });
  });

  test('a job that is stopped, and one that is too slow, are ended with nothing of them left in Slurm', async (context) => {
    const runs = await countedRuns(context);
    await runs.hold();
    const server = await runs.start(onSlurm('--slots', '2'));
    const [stopped, slow] = await Promise.all([
      submit(server.url, runs.request('stopped')),
      submit(server.url, { ...runs.request('slow'), timeout: 3 } as Parameters<typeof submit>[1]),
    ]);
    await jobWhen(server.url, stopped, ({ backend }) => backend?.state === 'RUNNING');
    await send(`${server.url}/jobs/${stopped}/stop`, { method: 'POST' });
    expect(await endedJob(server.url, stopped)).toMatchObject({ status: 'failed', failure_kind: 'stopped' });
    expect(await endedJob(server.url, slow)).toMatchObject({
      failure_kind: 'timedOut',
      error: expect.stringContaining('it ran longer than the 3 s it may'),
    });
    expect(await cluster().command('squeue', '-h', '-t', 'PD,R,CG', '-o', '%i')).toBe('');
  });

  test('a server killed after it acknowledged a stop is followed by one that ends the run in Slurm, which ignores TERM', async (context) => {
    await expectStopAfterCrash(context, onSlurm());
    expect(await cluster().command('squeue', '-h', '-t', 'PD,R,CG', '-o', '%i')).toBe('');
  });

  test.each([
    ['more GPUs than there are', { num_gpus: 64 }, 'Requested node configuration is not available'],
    ['what it asks for itself', { engine_args: ['--constraint=nosuch'] }, 'Invalid feature specification'],
  ])("a job that asks for %s fails with Slurm's message, and other jobs run", async (_, more, words) => {
    const server = await startServer(onSlurm());
    try {
      const id = await submit(server.url, { ...demo, ...more });
      const job = await endedJob(server.url, id);
      expect(job).toMatchObject({ status: 'failed', failure_kind: 'launch' });
      expect(job.error).toMatch(new RegExp(`^Evaluation could not be started: Slurm refused it: .*${words}`));
      expect(await healthOf(server.url)).toMatchObject({ status: 'healthy' });
    } finally {
      await server.stop();
    }
  });

  test.each([
    ['a partition', '--partition=nosuch', 'Invalid partition name specified'],
    ['an option', '--partitoin=debug', "unrecognized option '--partitoin=debug'"],
  ])('a server does not start with %s that Slurm does not know', async (_, word, words) => {
    await expect(startServer(onSlurm('--slurm-args', word))).rejects.toThrow(
      `evald: Slurm refuses every submission: ${words}`,
    );
  });

  test('a job passes to sbatch what it may pass, and nothing else', async (context) => {
    const server = await startServer(onSlurm('--slurm-allow-args', 'mem,time'));
    context.onTestFinished(async () => void (await server.stop()));
    const body = (engine_args: string[]) => JSON.stringify({ ...demo, engine_args });
    const post = (words: string[]) =>
      send(`${server.url}/evaluate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: body(words),
      });
    for (const word of [
      '--output=/tmp/x',
      '--wrap=id',
      '--uid=0',
      '--partition=debug',
      '--me=1',
      '-J x',
      '--mem',
      'x',
    ]) {
      const { status, json } = await post([word]);
      expect([word, status]).toEqual([word, 403]);
      expect(JSON.stringify(json)).toContain('engine_args');
    }
    const { json } = await post(['--mem=123M', '--time=7']);
    const job = await endedJob(server.url, (json as { job_id: string }).job_id);
    expect(job.status).toBe('completed');
    expect(await record(job.backend?.id ?? '')).toMatchObject({ MinMemoryNode: '123M', TimeLimit: '00:07:00' });
  });

  test('a job that Slurm cancels has the reason, and the end of its log', async (context) => {
    const runs = await countedRuns(context);
    await runs.hold();
    const server = await runs.start(onSlurm());
    const id = await submit(server.url, runs.request('a'));
    const { backend } = await jobWhen(server.url, id, (job) => job.backend?.state === 'RUNNING');
    await cluster().command('scancel', backend?.id ?? '');
    const job = await endedJob(server.url, id);
    expect(job).toMatchObject({ failure_kind: 'stopped', stop_requested: null });
    expect(job.error).toMatch(
      /^Evaluation was stopped: it was cancelled in Slurm \(Slurm: CANCELLED\)\nLast lines of .*CANCELLED AT/s,
    );
  });

  test('a job of Slurm writes into an output_dir of any name', async (context) => {
    const server = await startServer(onSlurm());
    context.onTestFinished(async () => void (await server.stop()));
    const output_dir = join(await temporaryFolder(), '100% of \\it');
    await mkdir(output_dir);
    const job = await endedJob(server.url, await submit(server.url, { ...demo, output_dir }));
    expect(job).toMatchObject({ status: 'completed', error: null });
    expect(await readFile(job.log ?? '', 'utf8')).toContain('demo_digits');
  });
});
